import { COLORS } from './chat-colors.ts';
import { headOf } from './digest.ts';
import { codeBlock, detailLines, escapeMarkdown } from './markdown.ts';
import type { Notice } from './notice.ts';
import { restOf, shownOf, type Telling } from './telling.ts';
import { clip, factsOf, failureWords, sentenceOf } from './words.ts';

/** Discord: 10 embeds of together 6 000 characters; 256 in a title, 4 096 in a description, 1 024 in a field. */
const EMBEDS = 10;
const TITLE = 256;
const DESCRIPTION = 3_600;
const SHORT_DESCRIPTION = 280;
const FIELD = 400;
const TESTS = 5;
const LOG = 1_800;

/** The message as Discord's webhooks take it: an embed for each notice. */
export function discordBody(telling: Telling): Record<string, unknown> {
  const { shown, more } = shownOf(telling, EMBEDS);
  const isSingle = shown.length === 1 && more === 0 && telling.note === null;
  const embeds = shown.map((notice) => (isSingle ? single(notice, telling.why) : brief(notice)));
  // whatever the text holds, nobody is called
  const common = { allowed_mentions: { parse: [] }, embeds };
  return isSingle
    ? common
    : {
        ...common,
        content: escapeMarkdown([headOf(telling.notices), ...restOf(telling, more)].join('\n')).slice(0, 2_000),
      };
}

function brief(notice: Notice) {
  return { ...head(notice), description: whole(detailLines(notice, 1), SHORT_DESCRIPTION) };
}

function single(notice: Notice, why: string) {
  const { failure } = notice;
  const log = failure === null ? '' : codeBlock(failure.lines, LOG);
  const said = whole(
    [
      ...detailLines(notice, TESTS),
      ...(failure === null ? [] : ['', `[${escapeMarkdown(failureWords(failure))}](${failure.url})`]),
    ],
    DESCRIPTION - log.length,
  );
  return {
    ...head(notice),
    description: log === '' ? said : `${said}\n${log}`,
    fields: factsOf(notice).map(([name, value]) => ({ name, value: clip(escapeMarkdown(value), FIELD), inline: true })),
    footer: { text: clip(why, 300) },
  };
}

function head(notice: Notice) {
  return {
    title: clip(`${notice.isTrial ? 'This is a test: ' : ''}${escapeMarkdown(sentenceOf(notice))}`, TITLE),
    url: notice.run.url,
    color: Number.parseInt(COLORS[notice.occasion].slice(1), 16),
    timestamp: notice.at,
  };
}

/** As many whole lines as there is room for: half a link would be shown as it is written. */
function whole(lines: readonly string[], most: number): string {
  let text = '';
  for (const line of lines) {
    if (text.length + line.length + 1 > most) break;
    text += text === '' ? line : `\n${line}`;
  }
  return text;
}
