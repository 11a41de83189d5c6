import type { queuedJson } from '../../../src/web/json.ts';
import type { PageView } from '../page.ts';
import { Prose } from '../parts/prose.tsx';
import { Duration } from '../parts/time.tsx';
import { runUrl } from '../urls.ts';
import { count } from '../words.ts';

type QueuedJob = ReturnType<typeof queuedJson>;

/** Data of the queue. */
export interface QueueData {
  readonly jobs: readonly QueuedJob[];
  readonly total: number;
}

/** What waits, why, and for how long. */
export const queue: PageView<QueueData> = {
  name: 'queue',
  section: 'queue',
  title: ({ total }) => (total === 0 ? 'Nothing waits' : `${count(total, 'job')} ${total === 1 ? 'waits' : 'wait'}`),
  concerns: ({ type }) => /^(?:run|job)\./.test(type),
  everyMs: 15_000, // runners come and go without an event
  Component: QueuePage,
};

function QueuePage({ data }: { readonly data: QueueData }) {
  const { jobs, total } = data;
  const [oldest] = [...jobs].sort((a, b) => (a.queued_at ?? '').localeCompare(b.queued_at ?? ''));
  return (
    <>
      <div class="head">
        <h1>
          {queue.title(data)}
          {oldest?.queued_at && [
            total === 1 ? ' for ' : ', the oldest for ',
            <Duration key="for" from={oldest.queued_at} to={null} />,
          ]}
        </h1>
      </div>
      {jobs.length === 0 ? (
        <p class="none">
          Each job that has to wait is listed here, with the reason.{' '}
          <a class="link" href="/runners">
            See the runners
          </a>
        </p>
      ) : (
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Job</th>
              <th scope="col">Why it waits</th>
              <th scope="col" class="num">
                Waited
              </th>
            </tr>
          </thead>
          <tbody>
            {jobs.map((job) => (
              <QueueRow key={job.job} job={job} />
            ))}
          </tbody>
        </table>
      )}
      {total > jobs.length && <p class="more dim">and {count(total - jobs.length)} more</p>}
    </>
  );
}

function QueueRow({ job }: { readonly job: QueuedJob }) {
  return (
    <tr data-row>
      <td>
        <a href={runUrl(job.run)}>
          {job.repository} #{job.run_number}, {job.name}
        </a>
        <div class="meta">{job.title}</div>
      </td>
      <td>
        <Prose words={job.waiting_for} />
        {job.executions > 0 && <div class="meta">{count(job.executions, 'execution')} lost before</div>}
      </td>
      <td class="num">{job.queued_at !== null && <Duration from={job.queued_at} to={null} />}</td>
    </tr>
  );
}
