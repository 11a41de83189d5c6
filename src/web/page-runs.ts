import { TRIGGER_WORDS } from '../model/pool.ts';
import type { RunRecord } from '../store/store.ts';
import { type Html, html, prose } from './html.ts';
import { command, lamp, sign, since, ticking } from './layout.ts';
import { breakageJson, doubtWords, type RepositoryVerdict, sentenceOf } from './verdicts.ts';
import { emptyWay, startMs } from './way.ts';
import { duration, lampOfTried, nameOf, shortRef } from './words.ts';

/** Most repositories that are named one by one as broken. */
const MOST_NAMED = 5;

/** What the list of runs shows. */
export interface RunsPage {
  readonly runs: readonly RunRecord[];
  /** The `before` of the next page; null: there is none. */
  readonly next: number | null;
  /** Of all repositories, or of the one that is shown. */
  readonly verdicts: readonly RepositoryVerdict[];
  /** The one repository that is shown; null: all. */
  readonly repository: string | null;
  /** The query that was asked, without `before`. */
  readonly query: Readonly<Record<string, string>>;
  /** Names of the repositories that are watched. */
  readonly repositories: readonly string[];
  readonly now: Date;
}

/** The sentence of the page; its title, too. */
export function runsSentence(page: Pick<RunsPage, 'verdicts' | 'runs' | 'repositories'>): string {
  if (page.verdicts.length > 0) return sentenceOf(page.verdicts);
  if (page.runs.length > 0) return 'No verdict yet';
  return page.repositories.length > 0 ? 'Waiting for the first commit' : 'Connect your first repository';
}

/** The list of runs, newest first, below the sentence that says what is broken. */
export function runsPage(page: RunsPage): Html {
  const isFiltered = Object.keys(page.query).length > 0;
  if (page.runs.length === 0 && !isFiltered) return page.repositories.length > 0 ? firstCommit(page) : hello();
  const worst = page.verdicts.some(({ state }) => state === 'broken')
    ? 'failure'
    : page.verdicts.some(({ state }) => state === 'untested')
      ? 'error'
      : 'success';
  return html`${crumbs(page)}<div class="head"><h1>${page.verdicts.length > 0 && lamp(worst, false, 'l')}${runsSentence(page)}</h1>
${tabs(page.query)}
<form role="search" action="/" method="get">${page.repository !== null && html`<input type="hidden" name="repository" value="${page.repository}">`}<label class="field">${sign('search')}<span class="sr">Title, author, sha or workflow</span><input type="search" name="q" value="${page.query.q ?? ''}" placeholder="Title, author, sha"></label></form></div>
${brokenList(page)}
${page.runs.length === 0 ? html`<p class="none">No run fits. <a class="link" href="/">Show all</a></p>` : html`<ol class="rows">${page.runs.map((run) => row(run, page))}</ol>`}
${page.next !== null && html`<p class="more"><a class="btn" href="${urlOf({ ...page.query, before: String(page.next) })}">Older runs</a></p>`}`;
}

/** Where one is, and the way back to all. */
function crumbs({ repository }: RunsPage): Html | null {
  if (repository === null) return null;
  return html`<nav class="crumbs" aria-label="Breadcrumb"><a href="/">Runs</a>/<span>${repository}</span></nav>`;
}

function tabs(query: Readonly<Record<string, string>>): Html {
  const { status: _status, conclusion: _conclusion, ...kept } = query;
  const tab = (name: string, filter: Record<string, string>) => {
    const isHere = filter.status === query.status && filter.conclusion === query.conclusion;
    return html`<a href="${urlOf({ ...kept, ...filter })}"${isHere && html` aria-current="true"`}>${name}</a>`;
  };
  return html`<nav class="tabs" aria-label="Show">${tab('All', {})}${tab('Failed', { conclusion: 'failure' })}${tab('Running', { status: 'in_progress' })}${tab('Waiting', { status: 'queued' })}</nav>`;
}

function brokenList({ verdicts, now }: RunsPage): Html | null {
  const bad = verdicts.filter(({ state }) => state !== 'green');
  if (bad.length === 0) return null;
  return html`<ul class="broken">${bad.slice(0, MOST_NAMED).map(({ repository, state, since: run, breakage }) => {
    const words = state === 'broken' ? html`<b class="no">Broken</b>` : html`<b class="odd">Not tested</b>`;
    const which = bad.length > 1 ? html`<a href="${urlOf({ repository })}">${repository}</a>: ` : null;
    return html`<li>${which}${words} since <a class="sha" href="/runs/${run.run}" title="${run.title}">${run.sha.slice(0, 7)}</a> by ${nameOf(run.author)}, ${since(run.at, now)}${doubt(breakage)}</li>`;
  })}${bad.length > MOST_NAMED && html`<li>and ${bad.length - MOST_NAMED} more</li>`}</ul>`;
}

function doubt(breakage: RepositoryVerdict['breakage']): string | null {
  const json = breakageJson(breakage);
  return json && doubtWords(json);
}

function row(run: RunRecord, page: RunsPage): Html {
  const state = lampOfTried(run.status, run);
  return html`<li class="row ${state}${isRepaired(run, page.runs) && ' past'}" id="run-${run.id}">
${lamp(state, true)}
<div><a class="t cut" href="/runs/${run.id}" title="${run.title}">${run.title || '(no message)'}</a>
<p class="about"><span class="sha">${run.sha.slice(0, 7)}</span><span>${nameOf(run.author)}</span><span class="ref">${sign('branch')}${shortRef(run.ref)}</span><span><a href="${urlOf({ repository: run.repository })}">${run.repository}</a> #${run.number}</span></p>
${run.reason !== null && html`<p class="why">${prose(run.reason)}</p>`}</div>
<div class="num took">${took(run, page.now)}</div>
<div class="num age">${since(run.completedAt ?? run.createdAt, page.now)}</div>
</li>`;
}

/** How long it took, and how long from being told to the first process. */
function took(run: RunRecord, now: Date): Html | null {
  if (run.conclusion === 'skipped') return null;
  const start = startMs(run);
  const told = `from ${TRIGGER_WORDS[run.trigger]} to the first process of the test`;
  const way =
    start === undefined ? null : html`<span class="meta" title="${told}">started in ${duration(start)}</span>`;
  if (run.startedAt === null)
    return run.status === 'completed' ? null : html`<span>waiting ${ticking(run.createdAt, now)}</span>`;
  if (run.completedAt === null) return html`<span>${ticking(run.startedAt, now)}</span>${way}`;
  return html`<span>${duration(run.completedAt.getTime() - run.startedAt.getTime())}</span>${way}`;
}

/** A failure after which the same branch passed is past, and paler. `runs`: newest first. */
function isRepaired(run: RunRecord, runs: readonly RunRecord[]): boolean {
  if (run.conclusion === null || run.conclusion === 'success') return false;
  return runs.some(
    (other) =>
      other.id > run.id &&
      other.repositoryId === run.repositoryId &&
      other.ref === run.ref &&
      other.workflow === run.workflow &&
      other.conclusion === 'success',
  );
}

function urlOf(query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? '/' : `/?${text}`;
}

function firstCommit({ repositories }: RunsPage): Html {
  const names = repositories.length === 1 ? repositories[0] : `${repositories.length} repositories`;
  return html`<div class="hello"><h1>Waiting for the first commit</h1>
<p class="dim">${names} ${repositories.length === 1 ? 'is' : 'are'} watched. Commit something there, even nothing; its verdict appears here without a reload.</p>
${command('git commit --allow-empty -m try')}${emptyWay()}</div>`;
}

function hello(): Html {
  return html`<div class="hello"><h1>Connect your first repository</h1>
<p class="dim">Three ways. Each one ends with a verdict on this page, without a reload.</p>
${emptyWay()}
<div class="ways">
<section><h2>A folder on this machine</h2><p class="dim">A hook in the repository reports each commit. It never blocks git commit.</p>
${command('npm run install-hook /path/to/repo')}<p class="dim">Then commit something, even nothing:</p>${command('git commit --allow-empty -m try')}
<p class="meta">An existing hook is kept and still runs. To undo:</p>${command('npm run uninstall-hook /path/to/repo')}</section>
<section><h2>A webhook of your forge</h2><p class="dim">Register the repository; the address and the secret to enter at the forge are printed.</p>
${command('signalbox add https://github.com/you/app')}</section>
<section><h2>No hook at all</h2><p class="dim">Signalbox looks for itself: a local folder every 5 s, a remote one every 60 s.</p>
${command('signalbox add /path/to/repo')}<p class="meta">No workflow file? The tests are found, and the run says what was found.</p></section>
</div></div>`;
}
