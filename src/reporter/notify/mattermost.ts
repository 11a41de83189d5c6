import { COLORS } from './chat-colors.ts';
import { headOf } from './digest.ts';
import { codeBlock, detailLines, escapeMarkdown } from './markdown.ts';
import type { Notice } from './notice.ts';
import { restOf, shownOf, type Telling } from './telling.ts';
import { clip, factsOf, failureWords, sentenceOf } from './words.ts';

/** A post of Mattermost holds 16 383 characters, all attachments included. */
const NOTICES = 10;
const TESTS = 5;
const LOG = 4_000;

/** The message as Mattermost's incoming webhooks take it (Rocket.Chat's, too): an attachment for each notice. */
export function mattermostBody(telling: Telling): Record<string, unknown> {
  const { shown, more } = shownOf(telling, NOTICES);
  const isSingle = shown.length === 1 && more === 0 && telling.note === null;
  const attachments = shown.map((notice) => ({
    fallback: escapeMarkdown(sentenceOf(notice)),
    color: COLORS[notice.occasion],
    title: `${notice.isTrial ? 'This is a test: ' : ''}${escapeMarkdown(sentenceOf(notice))}`,
    title_link: notice.run.url,
    text: isSingle ? textOf(notice) : detailLines(notice, 1).join('\n'),
    ...(isSingle ? { fields: fieldsOf(notice), footer: clip(telling.why, 300) } : {}),
  }));
  return isSingle
    ? { attachments }
    : { text: escapeMarkdown([headOf(telling.notices), ...restOf(telling, more)].join('\n')), attachments };
}

function textOf(notice: Notice): string {
  const { failure } = notice;
  const lines = [...detailLines(notice, TESTS)];
  if (failure !== null)
    lines.push('', `[${escapeMarkdown(failureWords(failure))}](${failure.url})`, codeBlock(failure.lines, LOG));
  return lines.join('\n');
}

function fieldsOf(notice: Notice): unknown[] {
  return factsOf(notice).map(([title, value]) => ({ short: true, title, value: escapeMarkdown(value) }));
}
