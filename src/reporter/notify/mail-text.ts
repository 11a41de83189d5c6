import { harmless } from '../../support/harmless.ts';
import { headOf } from './digest.ts';
import { plainLines } from './log-tail.ts';
import type { Notice, NoticeTest } from './notice.ts';
import { restOf, shownOf, type Telling } from './telling.ts';
import {
  clip,
  factsOf,
  failureHead,
  flakyWords,
  jobsWords,
  moreTests,
  sentenceOf,
  sinceWords,
  statementsOf,
  testName,
  testPlace,
} from './words.ts';

/** Most lines of a test's message. */
const MESSAGE_LINES = 12;

/** The plain text of a mail. */
export function mailText(telling: Telling): string {
  const { shown, more } = shownOf(telling);
  const [only] = shown;
  const body =
    shown.length === 1 && only !== undefined
      ? single(only)
      : [headOf(telling.notices), '', ...shown.flatMap((notice) => [...brief(notice), ''])];
  const rest = restOf(telling, more).flatMap((line) => [line, '']);
  // "-- " on a line of its own: what follows is a signature, which readers fold away
  return [...body, ...rest, '-- ', telling.why, ''].join('\n');
}

function single(notice: Notice): string[] {
  const lines = [`${notice.isTrial ? 'This is a test. ' : ''}${sentenceOf(notice)}`, ''];
  for (const [words, title] of statementsOf(notice)) lines.push(words, `    ${title}`, '');
  lines.push(...testLines(notice), ...failureLines(notice));
  const width = Math.max(...factsOf(notice).map(([name]) => name.length));
  lines.push(...factsOf(notice).map(([name, value]) => `${name.padEnd(width)}  ${value}`), '', notice.run.url, '');
  return lines;
}

/** A part of a digest. */
function brief(notice: Notice): string[] {
  const since = sinceWords(notice);
  const [first] = notice.tests?.cases ?? [];
  return [
    `* ${sentenceOf(notice)}`,
    ...(since === null ? [] : [`  ${since}`]),
    ...(first === undefined || notice.occasion === 'fixed' ? [] : [`  ${testName(first)}  ${testPlace(first)}`]),
    `  ${notice.run.url}`,
  ];
}

function testLines(notice: Notice): string[] {
  const cases = notice.tests?.cases ?? [];
  if (cases.length === 0) return [];
  const more = moreTests(notice, cases.length);
  return ['Failing tests', ...cases.flatMap((test) => linesOfTest(test)), ...(more === null ? [] : [`  ${more}`]), ''];
}

function linesOfTest(test: NoticeTest): string[] {
  const flaky = flakyWords(test);
  const place = testPlace(test);
  const message = harmless(test.message ?? '')
    .trim()
    .split('\n')
    .slice(0, MESSAGE_LINES);
  return [
    `  ${testName(test)}${flaky === '' ? '' : ` (${flaky})`}`,
    ...[place, jobsWords(test), ...message]
      .filter((line) => line.trim() !== '')
      .map((line) => `      ${clip(line.trimEnd(), 300)}`),
  ];
}

function failureLines({ failure }: Notice): string[] {
  if (failure === null) return [];
  const { lines, url } = failure;
  const head = failureHead(failure);
  if (lines.length === 0) return [head, url, ''];
  return [`${head}; the end of its log:`, ...plainLines(lines).map((line) => `  | ${line}`), '', url, ''];
}
