import { harmless, oneLine } from '../../support/harmless.ts';
import { COLORS } from './chat-colors.ts';
import { headOf } from './digest.ts';
import { endOf } from './log-tail.ts';
import type { Notice } from './notice.ts';
import { restOf, shownOf, type Telling } from './telling.ts';
import { clip, factsOf, failureWords, moreTests, sentenceOf, sinceWords, testName, testRemarks } from './words.ts';

/** Slack takes 3 000 characters in a text and 50 blocks; some room is left for what escaping adds. */
const TEXT = 2_900;
const NOTICES = 10;
const TESTS = 5;
const LOG = 2_400;

/** The message as Slack's incoming webhooks take it: an attachment for each notice, with its colour. */
export function slackBody(telling: Telling): Record<string, unknown> {
  const { shown, more } = shownOf(telling, NOTICES);
  const isSingle = shown.length === 1 && more === 0 && telling.note === null;
  const attachments = shown.map((notice) => ({
    color: COLORS[notice.occasion],
    fallback: escapeSlack(sentenceOf(notice)),
    blocks: isSingle ? single(notice, telling.why) : [section(headline(notice), ...below(notice))],
  }));
  // with blocks alone a notification on a telephone would be empty: `text` is what it shows
  return isSingle
    ? { text: escapeSlack(headOf(shown)), attachments }
    : { text: escapeSlack([headOf(telling.notices), ...restOf(telling, more)].join('\n')), attachments };
}

function single(notice: Notice, why: string): unknown[] {
  const { failure } = notice;
  const cases = notice.tests?.cases ?? [];
  const more = moreTests(notice, Math.min(cases.length, TESTS));
  const tests = cases.slice(0, TESTS).map((test) => {
    const said = testRemarks(test);
    const message = clip(oneLine(test.message ?? ''), 200);
    return `• *${plain(testName(test))}*${said === '' ? '' : ` ${plain(said)}`}${message === '' ? '' : `\n   ${plain(message)}`}`;
  });
  return [
    section(headline(notice), ...below(notice)),
    ...(tests.length > 0 ? [section(...tests, ...(more === null ? [] : [plain(more)]))] : []),
    ...(failure === null ? [] : [section(`<${failure.url}|${plain(failureWords(failure))}>`, ...fence(failure.lines))]),
    { type: 'context', elements: [{ type: 'mrkdwn', text: clip(facts(notice), TEXT) }] },
    { type: 'context', elements: [{ type: 'plain_text', text: clip(why, 500), emoji: false }] },
  ];
}

function headline(notice: Notice): string {
  const trial = notice.isTrial ? 'This is a test: ' : '';
  return `${trial}*<${notice.run.url}|${plain(sentenceOf(notice))}>*`;
}

function below(notice: Notice): string[] {
  const since = sinceWords(notice);
  return since === null ? [] : [plain(since)];
}

function facts(notice: Notice): string {
  return factsOf(notice)
    .map(([name, value]) => `${name}: ${plain(value)}`)
    .join('   ');
}

/** Lines of a log as code. */
function fence(lines: readonly string[]): string[] {
  const log = endOf(lines, LOG).replaceAll('```', "'''");
  return log === '' ? [] : [`\`\`\`${clip(escapeSlack(log), TEXT - 300)}\`\`\``];
}

function section(...lines: string[]): unknown {
  return { type: 'section', text: { type: 'mrkdwn', text: clip(lines.join('\n'), TEXT) } };
}

/** Slack's own three escapes: with them nothing is a mention, a channel or a link. */
function escapeSlack(text: string): string {
  return harmless(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** The same, with what would be bold, code and so on made to look like it and be none. */
function plain(text: string): string {
  return escapeSlack(text).replace(/[*_~`]/g, (mark) => `\u200b${mark}\u200b`);
}
