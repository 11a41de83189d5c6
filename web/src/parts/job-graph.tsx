import type { RunDetailJson } from '../../../src/web/run-detail.ts';
import { countsWords, isReached, type Job, type JobNode, jobNodes } from '../graph/job-nodes.ts';
import { layOut } from '../graph/layout.ts';
import { logUrl } from '../urls.ts';
import { wordOf } from '../words.ts';
import { JobList, lampOfJob } from './job-list.tsx';
import { Lamp } from './lamp.tsx';
import { Duration } from './time.tsx';

/** The jobs of a run as lines with stations; under 1180 px they stand upright, one below the other. */
export function JobGraph({ run }: { readonly run: RunDetailJson }) {
  const leaves = run.jobs.filter((job) => !run.jobs.some(({ parent }) => parent === job.id));
  if (leaves.length === 0)
    return (
      <>
        <h2 class="sec">Jobs</h2>
        <p class="dim">{noJobsWords(run)}</p>
      </>
    );
  return (
    <>
      <h2 class="sec">
        Jobs<span class="meta">{`${countsWords(leaves)}${whyNot(leaves)}`}</span>
      </h2>
      {run.jobs.length === 1 ? (
        <JobList run={run} />
      ) : (
        <>
          <Graph run={run} />
          <Details run={run} jobs={leaves.length} />
        </>
      )}
    </>
  );
}

function noJobsWords({ status, conclusion }: RunDetailJson): string {
  if (status !== 'completed') return 'Its jobs are not known yet.';
  if (conclusion === 'error') return 'Its jobs could not be made out; the reason stands above.';
  return conclusion === 'cancelled'
    ? 'No job was made before it was cancelled.'
    : 'There is nothing to run for this commit.';
}

function Graph({ run }: { readonly run: RunDetailJson }) {
  const nodes = jobNodes(run.jobs);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const { width, height, columns, lines } = layOut(nodes);
  const isOn = (to: string) => byId.get(to) !== undefined && isReached(byId.get(to) as JobNode);
  return (
    <section class="graph" tabIndex={0} aria-label="Jobs in the order in which they run">
      <svg class="lines" width={width} height={height} aria-hidden="true">
        {lines.map(({ from, to, path }) => (
          <path key={`${from} ${to}`} d={path} class={isOn(to) ? undefined : 'off'} />
        ))}
      </svg>
      {columns.map((column) => (
        <ul key={column.x} class="col">
          <li class="gap" aria-hidden="true">
            <svg width={column.width} height={0} />
          </li>
          {column.nodes.map(({ id, above }) => (
            <li key={id}>
              {above > 0 && <svg class="gap" width={1} height={above} aria-hidden="true" />}
              <NodeBox run={run.id} node={byId.get(id) as JobNode} />
            </li>
          ))}
        </ul>
      ))}
    </section>
  );
}

function NodeBox({ run, node }: { readonly run: number; readonly node: JobNode }) {
  const [job] = node.jobs;
  const idle = isReached(node) || node.jobs.some(({ status }) => status !== 'completed') ? '' : ' idle';
  if (!node.isFramed && job !== undefined)
    return (
      <a class={`job${idle}`} href={logUrl(run, job.id)} title={titleOf(job)} data-row>
        <Lamp state={lampOfJob(job)} label={true} />
        <b class="cut">{node.title}</b>
        <Took job={job} />
      </a>
    );
  return (
    <div class={`group${idle}`}>
      {node.table === undefined ? (
        <>
          <h3 class="cut" title={node.title}>
            {node.counts !== undefined && <span class="meta">{node.counts}</span>}
            {node.title}
          </h3>
          {node.listed.map(({ job: one, name }) => (
            <a
              key={one.id}
              class={`cell${one.conclusion === 'failure' ? ' failed' : ''}`}
              href={logUrl(run, one.id)}
              title={titleOf(one)}
              data-row
            >
              <Lamp state={lampOfJob(one)} label={true} />
              <b class="cut">{name}</b>
              <Took job={one} />
            </a>
          ))}
          {node.more !== undefined && (
            <a class="cell more" href="#all-jobs">
              {node.more}
            </a>
          )}
        </>
      ) : (
        <Matrix run={run} node={node} table={node.table} />
      )}
    </div>
  );
}

function Matrix(props: {
  readonly run: number;
  readonly node: JobNode;
  readonly table: NonNullable<JobNode['table']>;
}) {
  const { run, node, table } = props;
  return (
    <table>
      <caption>{node.title}</caption>
      <thead>
        <tr>
          <td />
          {table.columns.map((name) => (
            <th key={name} scope="col" title={name}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {table.rows.map(({ name, jobs }) => (
          <tr key={name}>
            <th scope="row" title={name}>
              {name}
            </th>
            {jobs.map((job, at) => (
              <td key={table.columns[at]}>
                {job !== null && (
                  <a
                    class={`cell${job.conclusion === 'failure' ? ' failed' : ''}`}
                    href={logUrl(run, job.id)}
                    title={titleOf(job)}
                    data-row
                  >
                    <Lamp state={lampOfJob(job)} label={`${job.name}: ${wordOf(lampOfJob(job))}`} />
                    <Took job={job} />
                  </a>
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Took({ job }: { readonly job: Job }) {
  if (job.started_at !== null) return <Duration from={job.started_at} to={job.completed_at} />;
  return null;
}

/** What a box has no room for. */
function titleOf(job: Job): string {
  const state = lampOfJob(job);
  const why = job.reason ?? job.waiting_for;
  const where = job.runner === null ? '' : ` on ${job.runner}`;
  const again = job.executions > 1 ? `, execution ${job.executions}` : '';
  return `${job.name}: ${wordOf(state)}${where}${again}${why === undefined ? '' : `, ${why}`}`;
}

/** Why the first of those that were skipped was: the others mostly follow from it. */
function whyNot(jobs: readonly Job[]): string {
  const reason = jobs.find(({ conclusion, reason: why }) => conclusion === 'skipped' && why !== null)?.reason;
  return reason ? ` (${reason})` : '';
}

/** Every job with its reason, runner and executions, and the calls of workflows, which are not counted as `jobs`; open while one of them waits, since that says for what. */
function Details({ run, jobs }: { readonly run: RunDetailJson; readonly jobs: number }) {
  const isWaiting = run.jobs.some((job) => job.waiting_for !== undefined);
  return (
    <details class="all" id="all-jobs" open={isWaiting && run.jobs.length <= 20}>
      <summary>All {jobs} jobs, with runners and reasons</summary>
      <JobList run={run} />
    </details>
  );
}
