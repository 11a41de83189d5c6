import { describeExit } from '../model/conclusion.ts';
import type { Breakage } from '../model/culprit.ts';
import { TRIGGER_WORDS } from '../model/pool.ts';
import type { ArtifactRecord } from '../store/artifacts.ts';
import type { BranchRun, JobRecord, RunRecord, StepRecord } from '../store/store.ts';
import type { RunTests } from '../store/tests.ts';
import { type Html, html, prose } from './html.ts';
import { statusOfJob, statusOfStep } from './json.ts';
import { lamp, sign, since, ticking } from './layout.ts';
import { type LogTail, noOutput } from './page-log.ts';
import { remarksSection } from './page-remarks.ts';
import { testsSection } from './page-tests.ts';
import { breakageJson, breakageWords } from './verdicts.ts';
import { way } from './way.ts';
import { count, duration, lampOf, lampOfTried, nameOf, shortRef, size, wordOf } from './words.ts';

/** What the page of a run shows. */
export interface RunPage {
  readonly run: RunRecord;
  readonly jobs: readonly JobRecord[];
  readonly artifacts: readonly ArtifactRecord[];
  readonly tests: RunTests | undefined;
  /** What GitHub does with its workflow file and this program does not, in words. */
  readonly differences: readonly string[];
  /** Why jobs wait, by id. */
  readonly reasons: ReadonlyMap<number, string>;
  /** Since when its branch was broken when it was made. */
  readonly breakage: Breakage<BranchRun> | undefined;
  /** The job whose steps and log are open; undefined for a run without jobs. */
  readonly opened: JobRecord | undefined;
  readonly tail: LogTail | undefined;
  readonly now: Date;
}

/** The job to open: the one that was asked for, else the first that failed, runs, or is there. */
export function jobToOpen(jobs: readonly JobRecord[], asked: number | undefined): JobRecord | undefined {
  const isBad = ({ conclusion }: JobRecord) =>
    conclusion !== null && !['success', 'skipped', 'cancelled'].includes(conclusion);
  return (
    jobs.find((job) => job.id === asked) ??
    jobs.find(isBad) ??
    jobs.find((job) => statusOfJob(job) === 'in_progress') ??
    jobs[0]
  );
}

/** The first thing to be read, without times that go on: `Passed in 41 s`, `unit: exit code 1`. */
export function runSentence(run: RunRecord, jobs: readonly JobRecord[], tests?: RunTests): string {
  const failed = jobs.filter((job) => job.conclusion === 'failure' || job.conclusion === 'timed_out');
  const [first] = failed;
  switch (lampOf(run.status, run.conclusion)) {
    case 'queued':
      return 'Waiting';
    case 'in_progress':
      return first === undefined ? 'Running' : `Failing: ${first.name}`;
    case 'success':
      return `${run.isRetried ? 'Passed after retry' : 'Passed'}${tookWords(run)}`;
    case 'failure':
      if (tests !== undefined && tests.failed > 0) return `${count(tests.failed, 'test')} failed`;
      if (first !== undefined && failed.length === 1) return `${first.name} failed${exitWords(first)}`;
      return `${failed.length} of ${count(jobs.length, 'job')} failed`;
    case 'timed_out':
      return `Timed out${tookWords(run)}`;
    case 'skipped':
      return 'Skipped';
    case 'cancelled':
      return 'Cancelled';
    default:
      return 'Could not be tested';
  }
}

/** The page of a run: sentence, way of the push, jobs, and the log of one of them. */
export function runPage(page: RunPage): Html {
  const { run, jobs, now } = page;
  const state = lampOfTried(run.status, run);
  const isRunning = run.status === 'in_progress' && run.startedAt !== null;
  return html`<nav class="crumbs" aria-label="Breadcrumb"><a href="/">Runs</a>/<a href="/?repository=${encodeURIComponent(run.repository)}">${run.repository}</a>/<span>#${run.number}</span></nav>
<div class="verdict">${lamp(state, false, 'l')}
<h1>${runSentence(run, jobs, page.tests)}${isRunning && html` for ${ticking(run.startedAt ?? now, now)}`}</h1>
${reasonOf(page)}${purposeOf(page)}${brokenSinceOf(page)}
<p class="facts"><span>${run.title || '(no message)'}</span><span class="sha" title="${run.sha}">${run.sha.slice(0, 7)}</span><span>${nameOf(run.author)}</span><span class="ref">${sign('branch')}${shortRef(run.ref)}</span><span>${since(run.completedAt ?? run.createdAt, now)}</span></p></div>
<div class="sheet">
<section class="w" aria-label="The way of this push">${way(run)}</section>
<section class="j">${testsSection(page.tests, run.id)}${remarksSection(jobs, run.id)}<h2 class="sec">Jobs<span class="meta">${jobsSummary(jobs)}</span></h2>
${jobs.length === 0 ? html`<p class="dim">There is nothing to run for this commit.</p>` : html`<ul class="jobs">${jobs.map((job) => jobItem(job, page))}</ul>`}</section>
<section class="i"><h2 class="sr">Facts</h2>${facts(page)}</section>
</div>`;
}

function reasonOf({ run, reasons }: RunPage): Html | null {
  const [waiting] = run.status === 'queued' ? reasons.values() : [];
  const words = run.reason ?? waiting;
  const from = run.reusedFrom?.run;
  if (words !== undefined && from)
    return html`<p class="facts"><span><a class="link" href="/runs/${from}">${words}</a></span></p>`;
  return words === undefined ? null : html`<p class="facts lines"><span>${prose(words)}</span></p>`;
}

function purposeOf({ run }: RunPage): Html | null {
  return run.purpose === null ? null : html`<p class="facts"><span>Tested ${run.purpose}</span></p>`;
}

/** Who broke the branch, as far as it is known. */
function brokenSinceOf({ breakage }: RunPage): Html | null {
  const json = breakageJson(breakage);
  if (json === null) return null;
  const words = breakageWords(json, 'this commit');
  return html`<p class="facts"><span>Broken since <a class="sha" href="/runs/${json.run}" title="${json.title}">${json.sha.slice(0, 7)}</a> by ${nameOf(json.author)}${words}</span></p>`;
}

function jobItem(job: JobRecord, page: RunPage): Html {
  const isOpen = job.id === page.opened?.id;
  const state = lampOfTried(statusOfJob(job), job);
  // the reason of the only job stands below the title already
  const why = page.jobs.length === 1 ? job.reason : (job.reason ?? page.reasons.get(job.id));
  return html`<li id="job-${job.id}"><a class="job" href="/runs/${job.runId}?job=${job.id}"${isOpen && html` aria-current="true"`}>${lamp(state)}<b>${job.name}</b><span class="meta">${wordOf(state)}${job.execution > 1 && `, execution ${job.execution}`}${job.runner !== null && ` on ${job.runner}`}</span><span class="num">${jobTime(job, page.now)}</span></a>
${why !== null && why !== undefined && html`<p class="why">${prose(why)}</p>`}
${isOpen && html`<ol class="steps">${job.steps.map((step) => stepItem(step, page.now))}</ol>${logBox(job, page.tail)}`}</li>`;
}

function stepItem(step: StepRecord, now: Date): Html {
  const state = lampOf(statusOfStep(step), step.conclusion);
  const isBad = state === 'failure' || state === 'error' || state === 'timed_out';
  const exit = isBad && step.exit !== null ? `, ${describeExit(step.exit)}` : '';
  return html`<li class="${isBad && 'bad'}" id="step-${step.index}">${lamp(state, true)}<span class="cut" title="${step.name}">${step.name}</span>${exit !== '' && html`<span class="no">${exit.slice(2)}</span>`}<span class="num">${spent(step.startedAt, step.completedAt, now)}</span></li>`;
}

function logBox(job: JobRecord, tail: LogTail | undefined): Html | null {
  if (job.execution === 0) return null;
  const isLive = job.state !== 'completed';
  const live = `/live/jobs/${job.id}/log?execution=${job.execution}&offset=${tail?.offset ?? 0}`;
  const whole = `/api/jobs/${job.id}/log`;
  return html`<div class="logbox" id="logbox-${job.id}"><div class="logbar"><span>Log</span>${tail?.isCut && html`<span>only its end is shown here</span>`}<button class="btn" type="button" data-follow hidden>Follow the end</button><a class="link" href="${whole}">Whole log</a></div>
<div class="log${tail?.isCut && ' cutlog'}" id="log-${job.id}" data-keep data-job="${job.id}" data-execution="${job.execution}"${isLive && html` data-live="${live}"`} tabindex="0" role="region" aria-label="Log of ${job.name}">${tail === undefined || tail.size > 0 ? tail?.lines : isLive ? null : noOutput}</div></div>`;
}

function facts({ run, jobs, artifacts, differences }: RunPage): Html {
  const executions = jobs.reduce((sum, job) => sum + job.execution, 0);
  const told = run.sources.length > 0 ? run.sources : [run.trigger];
  return html`<dl class="info"><dt>Workflow</dt><dd>${run.workflow}</dd>${run.path !== null && run.path !== run.workflow && html`<dt>File</dt><dd>${run.path}</dd>`}<dt>Event</dt><dd>${run.event}</dd>${run.actor !== null && run.actor !== '' && html`<dt>By</dt><dd>${run.actor}</dd>`}<dt>Told by</dt><dd>${told.map((source) => TRIGGER_WORDS[source]).join(', then ')}</dd><dt>Attempt</dt><dd>${run.attempt}</dd>
${executions > jobs.length && html`<dt>Executions</dt><dd>${executions} of ${count(jobs.length, 'job')}</dd>`}
${differences.length > 0 && html`<dt>Notes</dt><dd>${differences.map((words) => html`<p>${prose(words)}</p>`)}</dd>`}
${artifacts.length > 0 && html`<dt>Artifacts</dt><dd>${artifacts.map(artifactLink)}</dd>`}
<dt>Commit</dt><dd class="mono">${run.sha}</dd><dt>Terminal</dt><dd class="mono">signalbox show ${run.id}</dd></dl>`;
}

function artifactLink({ id, name, bytes }: ArtifactRecord): Html {
  return html`<a class="link" href="/api/artifacts/${id}" download>${name}</a> ${size(bytes)} `;
}

function jobsSummary(jobs: readonly JobRecord[]): string {
  const counts = new Map<string, number>();
  for (const job of jobs) {
    const word = wordOf(lampOfTried(statusOfJob(job), job));
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].map(([word, number]) => `${number} ${word}`).join(', ');
}

function jobTime(job: JobRecord, now: Date): Html | string {
  if (job.startedAt !== null) return spent(job.startedAt, job.completedAt, now);
  return job.state === 'completed' || job.queuedAt === null ? '' : html`waits ${ticking(job.queuedAt, now)}`;
}

function spent(from: Date | null, to: Date | null, now: Date): Html | string {
  if (from === null) return '';
  return to === null ? ticking(from, now) : duration(to.getTime() - from.getTime());
}

function tookWords(run: RunRecord): string {
  if (run.startedAt === null || run.completedAt === null) return '';
  const words = duration(run.completedAt.getTime() - run.startedAt.getTime());
  return run.conclusion === 'timed_out' ? ` after ${words}` : ` in ${words}`;
}

function exitWords(job: JobRecord): string {
  const exit = job.executions.at(-1)?.exit;
  return exit === null || exit === undefined ? '' : `: ${describeExit(exit)}`;
}
