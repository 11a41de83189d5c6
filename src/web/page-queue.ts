import type { RunnerStatus } from '../model/pool.ts';
import { type Html, html, prose } from './html.ts';
import { lamp, since, ticking } from './layout.ts';
import type { ExplainedJob } from './waiting.ts';
import { age, count, type Lamp } from './words.ts';

/** A job that a runner has, by the names that people know. */
export interface RunningJob {
  readonly job: number;
  readonly name: string;
  readonly run: number;
  readonly repository: string;
  readonly number: number;
}

/** The first thing to be read on the page of the queue. */
export function queueSentence(jobs: readonly ExplainedJob[], total: number, now: Date): string {
  const [oldest] = [...jobs].sort((a, b) => a.job.queuedAt.getTime() - b.job.queuedAt.getTime());
  if (oldest === undefined) return 'Nothing waits';
  return `${count(total, 'job')} ${total === 1 ? 'waits' : 'wait, the oldest'} for ${age(oldest.job.queuedAt, now)}`;
}

/** What waits, why, and for how long. */
export function queuePage(jobs: readonly ExplainedJob[], total: number, now: Date): Html {
  const rows = jobs.map(
    ({ job, reason }) =>
      html`<tr id="job-${job.job}"><td><a href="/runs/${job.run}">${job.repository} #${job.runNumber}, ${job.name}</a><div class="meta">${job.title}</div></td><td class="where">${prose(reason)}${job.executions > 0 && html`<div class="meta">${count(job.executions, 'execution')} lost before</div>`}</td><td class="num">${ticking(job.queuedAt, now)}</td></tr>`,
  );
  const table = html`<table><thead><tr><th scope="col">Job</th><th scope="col">Why it waits</th><th scope="col" class="num">Waited</th></tr></thead><tbody>${rows}</tbody></table>`;
  return html`<div class="head"><h1>${queueSentence(jobs, total, now)}</h1></div>
${jobs.length === 0 ? html`<p class="none">Each job that has to wait is listed here, with the reason. <a class="link" href="/runners">See the runners</a></p>` : table}
${total > jobs.length && html`<p class="more dim">and ${total - jobs.length} more</p>`}`;
}

/** The first thing to be read on the page of the runners. */
export function runnersSentence(runners: readonly RunnerStatus[]): string {
  if (runners.length === 0) return 'No runner is connected';
  const busy = runners.reduce((sum, runner) => sum + runner.executions.length, 0);
  const slots = runners.reduce((sum, runner) => sum + runner.slots, 0);
  return `${count(runners.length, 'runner')}, ${busy} of ${count(slots, 'slot')} busy`;
}

/** The runners and what each executes. */
export function runnersPage(
  runners: readonly RunnerStatus[],
  running: ReadonlyMap<number, RunningJob>,
  now: Date,
): Html {
  const rows = runners.map(
    (runner) =>
      html`<tr id="runner-${runner.name}"><td><div>${lamp(lampOfRunner(runner), true)} ${runner.name}</div><div class="meta">${[...runner.labels, runner.protocol === 'classic' ? 'classic protocol' : `version ${runner.version}`].join(', ')}</div></td><td>${stateWords(runner, now)}<div class="meta">${runner.host}</div></td><td class="where">${slots(runner, running, now)}</td></tr>`,
  );
  const table = html`<table><thead><tr><th scope="col">Runner</th><th scope="col">State</th><th scope="col">Slots</th></tr></thead><tbody>${rows}</tbody></table>`;
  return html`<div class="head"><h1>${runnersSentence(runners)}</h1></div>
${runners.length === 0 ? html`<p class="none">Jobs wait until one comes. Start one with <code>signalbox runner</code>, or look at the log of <code>signalbox up</code>.</p>` : table}`;
}

function slots(runner: RunnerStatus, running: ReadonlyMap<number, RunningJob>, now: Date): Html[] {
  const taken = runner.executions.map(({ job, since: from }) => {
    const known = running.get(job);
    const name =
      known === undefined
        ? html`job ${job}`
        : html`<a href="/runs/${known.run}?job=${job}">${known.repository} #${known.number}, ${known.name}</a>`;
    return html`<span class="slot">${name} ${ticking(from, now)}</span>`;
  });
  const isTaking = runner.state === 'idle' || runner.state === 'busy';
  const free = isTaking ? Math.max(0, runner.slots - runner.executions.length) : 0;
  return [...taken, ...Array.from({ length: Math.min(free, 8) }, () => html`<span class="slot free">free</span>`)];
}

function lampOfRunner({ state }: RunnerStatus): Lamp {
  if (state === 'lost') return 'error';
  if (state === 'draining') return 'draining';
  return state === 'busy' ? 'in_progress' : 'success';
}

function stateWords(runner: RunnerStatus, now: Date): Html {
  if (runner.state === 'lost') return html`<span class="odd">Not heard from for ${age(runner.lastHeardAt, now)}</span>`;
  if (runner.state === 'draining')
    return runner.executions.length === 0
      ? html`<span class="warn">Draining; nothing runs, it can be stopped</span>`
      : html`<span class="warn">Draining; takes nothing new</span>`;
  return html`${runner.state === 'busy' ? 'Busy' : 'Idle'}, connected ${since(runner.connectedAt, now)}`;
}
