import type { queueAndRunners } from '../../../src/web/queue-page.ts';
import type { PageView } from '../page.ts';
import { Command } from '../parts/command.tsx';
import { Prose } from '../parts/prose.tsx';
import { RunnerList, runnersSentence } from '../parts/runner-list.tsx';
import { ClockTime, Duration, TimeUntil } from '../parts/time.tsx';
import { groupWaits, type Wait, type WaitGroup } from '../queue-groups.ts';
import { scaleOf, type TimeScale } from '../time-scale.ts';
import { runUrl } from '../urls.ts';
import { count, duration } from '../words.ts';

/** Data of the queue. */
export type QueueData = Awaited<ReturnType<typeof queueAndRunners>>;

/** What waits, why, and until when; and the runners. */
export const queue: PageView<QueueData> = {
  name: 'queue',
  section: 'queue',
  title: ({ total }) => (total === 0 ? 'Nothing waits' : `${count(total, 'job')} ${total === 1 ? 'waits' : 'wait'}`),
  concernedBy: () => [{ type: 'run.' }, { type: 'job.' }],
  everyMs: 15_000, // runners come and go without an event
  Component: QueuePage,
};

function QueuePage({ data }: { readonly data: QueueData }) {
  const { jobs, total, waits } = data;
  const [oldest] = [...jobs].sort((a, b) => (a.queued_at ?? '').localeCompare(b.queued_at ?? ''));
  return (
    <>
      <div class="head">
        <h1>
          <span>
            {queue.title(data)}
            {oldest?.queued_at && [
              total === 1 ? ' for ' : ', the oldest for ',
              <Duration key="for" from={oldest.queued_at} to={null} />,
            ]}
          </span>
        </h1>
        {waits !== null && (
          <p class="meta">
            In 24 h: half of all jobs waited {duration(waits.half_ms)} or less, 95 % {duration(waits.most_ms)} or less
          </p>
        )}
      </div>
      {jobs.length === 0 ? (
        <p class="none">Each job that has to wait is listed here, with the reason and until when.</p>
      ) : (
        <Waits jobs={jobs} />
      )}
      {total > jobs.length && <p class="more dim">and {count(total - jobs.length)} more</p>}
      <div class="head" id="runners">
        <h2>Runners</h2>
        <p class="meta">
          {runnersSentence(data)}. One more: <code>signalbox runner --slots 4</code>
        </p>
      </div>
      <RunnerList data={data} level={3} />
    </>
  );
}

function Waits({ jobs }: { readonly jobs: readonly Wait[] }) {
  const scale = scaleOf(Math.max(0, ...jobs.map(({ expected }) => expected?.in_ms ?? 0)));
  return (
    <>
      <div class="waits-h" aria-hidden="true">
        <span />
        <span>Job</span>
        <span>Why it waits</span>
        <span class="ticks">
          {scale.ticks.map((tick) => (
            <span key={tick}>{tick}</span>
          ))}
        </span>
        <span class="num">Waited</span>
      </div>
      <ol class="waits">
        {groupWaits(jobs).map((group, at, all) => (
          <WaitRow key={group.first.job} group={group} scale={scale} isLikeLast={isLike(group, all[at - 1])} />
        ))}
      </ol>
    </>
  );
}

/** Does it wait for the same as the one above it, so that one command helps both? */
function isLike({ first }: WaitGroup, above: WaitGroup | undefined): boolean {
  return above !== undefined && first.kind === above.first.kind && first.waiting_for === above.first.waiting_for;
}

function WaitRow(props: { readonly group: WaitGroup; readonly scale: TimeScale; readonly isLikeLast: boolean }) {
  const { group, scale, isLikeLast } = props;
  const { place, first: job, others } = group;
  const isStuck = job.kind === 'labels' || job.kind === 'no-runner' || job.kind === 'draining' || job.kind === 'disk';
  return (
    <li data-row>
      <span class="n">{place}</span>
      <div>
        <p class="cut">
          <a href={runUrl(job.run)}>
            {job.repository} #{job.run_number}, {job.name}
          </a>
        </p>
        <p class="meta cut" title={job.title}>
          {job.title}
        </p>
        {others.length > 0 && (
          <details class="folded">
            <summary class="meta">and {count(others.length, 'more job')} that wait for the same</summary>
            <ul class="meta">
              {others.map((one) => (
                <li key={one.job}>{one.name}</li>
              ))}
            </ul>
          </details>
        )}
      </div>
      <div>
        <Why job={job} isStuck={isStuck} isLikeLast={isLikeLast} />
      </div>
      <div>
        <Until job={job} last={others.at(-1)} scale={scale} />
      </div>
      <span class={isStuck ? 'num warn' : 'num'}>
        {job.queued_at !== null && <Duration from={job.queued_at} to={null} />}
      </span>
    </li>
  );
}

/** The reason; where a person can remove it, with what removes it. */
function Why(props: { readonly job: Wait; readonly isStuck: boolean; readonly isLikeLast: boolean }) {
  const { job, isStuck, isLikeLast } = props;
  const { kind, behind, after, runner } = job;
  const [reason = '', hint] = job.waiting_for.split(/; (?=start one )/);
  return (
    <>
      <p class={isStuck ? 'warn' : undefined}>
        <Prose words={reason.slice(0, 1).toUpperCase() + reason.slice(1)} />
      </p>
      {isStuck && isLikeLast && <p class="meta">As above</p>}
      {(kind === 'labels' || kind === 'no-runner') && hint !== undefined && !isLikeLast && (
        <Command text={`signalbox runner${job.labels.length > 0 ? ` --labels ${job.labels.join(',')}` : ''}`} />
      )}
      {kind === 'draining' && !isLikeLast && (
        <p class="meta">
          <a class="link" href="#runners">
            See which, and how to have it back
          </a>
        </p>
      )}
      {kind === 'group' && behind !== null && (
        <p class="meta">
          <a class="link" href={runUrl(behind.run)}>
            Open run #{behind.number}
          </a>
          , which is ahead of it
        </p>
      )}
      {kind === 'held' && (
        <p class="meta">
          <a class="link" href={runUrl(job.run)}>
            Look at it and approve it
          </a>
        </p>
      )}
      {kind === 'slot' && after !== null && runner !== null && (
        <p class="meta">
          First one free: {runner}, when{' '}
          <a class="link" href={runUrl(after.run)}>
            {after.repository} #{after.number}
          </a>{' '}
          ends
        </p>
      )}
      {job.executions > 0 && <p class="meta">{count(job.executions, 'execution')} lost before</p>}
    </>
  );
}

const WIDTH = 260;
/** Room for the station at the end. */
const END = WIDTH - 5;

/** A line to the station at which it is expected to begin; dotted where that is not known. */
function Until(props: { readonly job: Wait; readonly last: Wait | undefined; readonly scale: TimeScale }) {
  const { job, last, scale } = props;
  const { expected } = job;
  if (expected === null)
    return (
      <>
        <svg class="until" viewBox={`0 0 ${WIDTH} 14`} preserveAspectRatio="none" aria-hidden="true">
          <path class="u" d={`M1 7H${WIDTH - 2}`} />
        </svg>
        <p class="meta">{UNKNOWN[job.kind]}</p>
      </>
    );
  const x = Math.min(END, 5 + (expected.in_ms / scale.totalMs) * (WIDTH - 10));
  return (
    <>
      <svg class="until" viewBox={`0 0 ${WIDTH} 14`} preserveAspectRatio="none" aria-hidden="true">
        {x > 10 && <path d={`M1 7H${(x - 4).toFixed(1)}`} />}
        <circle cx={x.toFixed(1)} cy={7} r={4} />
      </svg>
      <p class="meta">
        <TimeUntil at={expected.at} before="starts in about " now="starts any moment" />
        {last?.expected && [', the last at ', <ClockTime key="last" at={last.expected.at.replace(/\.\d+/, '.000')} />]}
      </p>
    </>
  );
}

/** Nothing gives up waiting by itself: it says so. */
const UNKNOWN: Readonly<Record<Wait['kind'], string>> = {
  slot: 'not known when: no usual times yet',
  labels: 'waits until such a runner comes',
  'no-runner': 'waits until a runner comes',
  disk: 'as soon as there is room',
  draining: 'waits until one takes jobs again',
  group: 'when that run is over',
  held: 'when a person lets it begin',
  needs: 'when they are over',
  matrix: 'when one of them is over',
};
