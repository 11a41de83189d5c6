import type { NotedTest, RunTests } from '../store/tests.ts';
import { type Html, html, prose } from './html.ts';
import { lamp } from './layout.ts';
import { count } from './words.ts';

/** Failing tests that are listed, and lines of their messages. */
const MAX_LISTED = 20;
const MAX_LINES = 4;

/** The tests of a run: counts, and those that failed or recovered. Nothing, if there was no report. */
export function testsSection(tests: RunTests | undefined, run: number): Html | null {
  if (tests === undefined) return null;
  const listed = tests.noted.slice(0, MAX_LISTED);
  const more = tests.failed + tests.flaky - listed.length;
  return html`<h2 class="sec">Tests<span class="meta">${countsOf(tests)}</span></h2>
${listed.length > 0 && html`<ul class="jobs tests">${listed.map(testItem)}</ul>`}
${more > 0 && html`<p class="more"><a class="link" href="/api/runs/${run}/tests">${count(more, 'more test')}</a></p>`}`;
}

function countsOf({ passed, failed, skipped, flaky }: RunTests): string {
  const parts = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    `${passed} passed`,
    ...(flaky > 0 ? [`${flaky} of them after retry`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return parts.join(', ');
}

function testItem(test: NotedTest): Html {
  const at = test.file === undefined ? '' : test.line === undefined ? test.file : `${test.file}:${test.line}`;
  const message = (test.message ?? '').split('\n').slice(0, MAX_LINES).join('\n').trim();
  return html`<li><div class="job">${lamp(test.hasRecovered ? 'retried' : 'failure')}<b>${test.name}</b><span class="meta">${test.suite} (${test.jobName})</span><span class="num mono">${at}</span></div>
${message !== '' && html`<p class="why mono">${prose(message)}</p>`}
${test.isFlaky && html`<p class="why">${flakyWords(test)}</p>`}</li>`;
}

/** `flaky, failed 3 of its last 20 runs`. */
export function flakyWords({ history: { failed, runs } }: Pick<NotedTest, 'history'>): string {
  return `flaky, failed ${failed} of its last ${count(runs, 'run')}`;
}
