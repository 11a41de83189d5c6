import { harmless, oneLine } from '../../support/harmless.ts';
import type { Occasion } from './decide.ts';
import { headOf } from './digest.ts';
import { endOf } from './log-tail.ts';
import type { Notice } from './notice.ts';
import { restOf, shownOf, type Telling } from './telling.ts';
import { clip, factsOf, failureWords, moreTests, sentenceOf, sinceWords, testName, testRemarks } from './words.ts';

/** Teams takes 28 kB for a card, in whatever bytes its texts need. */
const NOTICES = 10;
const TESTS = 5;
const LOG = 4_000;

/** Colours that an adaptive card knows. */
const COLORS: Readonly<Record<Occasion, 'Attention' | 'Good' | 'Warning' | 'Default'>> = {
  broken: 'Attention',
  moved: 'Attention',
  still_failing: 'Attention',
  failure: 'Attention',
  fixed: 'Good',
  success: 'Good',
  error: 'Warning',
  cancelled: 'Default',
};

/**
 * The message as a workflow of Teams takes it ("Post to a channel when a webhook request is received"): an adaptive card.
 * Texts are runs of rich text, which, unlike text blocks, know no markdown: nothing in them is a link or a mention.
 */
export function teamsBody(telling: Telling): Record<string, unknown> {
  const { shown, more } = shownOf(telling, NOTICES);
  const [only] = shown;
  const isSingle = shown.length === 1 && more === 0 && telling.note === null && only !== undefined;
  const body = isSingle
    ? single(only, telling.why)
    : [
        line(headOf(telling.notices), { weight: 'Bolder', size: 'Medium' }),
        ...shown.flatMap((notice) => brief(notice)),
        ...restOf(telling, more).map((words) => line(words, { isSubtle: true })),
      ];
  const actions = isSingle
    ? [{ type: 'Action.OpenUrl', title: `Open run #${only.run.number}`, url: only.run.url }]
    : [];
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    ...{ type: 'AdaptiveCard', version: '1.4', msteams: { width: 'Full' }, body, actions },
  };
  const contentType = 'application/vnd.microsoft.card.adaptive';
  return { type: 'message', attachments: [{ contentType, contentUrl: null, content }] };
}

function single(notice: Notice, why: string): unknown[] {
  const since = sinceWords(notice);
  const cases = (notice.tests?.cases ?? []).slice(0, TESTS);
  const more = moreTests(notice, cases.length);
  const { failure } = notice;
  const log = endOf(failure?.lines ?? [], LOG);
  return [
    ...(notice.isTrial ? [line('This is a test: nothing happened.', { isSubtle: true })] : []),
    line(sentenceOf(notice), { weight: 'Bolder', size: 'Medium', color: COLORS[notice.occasion] }),
    ...(since === null ? [] : [line(since)]),
    ...cases.flatMap((test) => {
      const said = testRemarks(test);
      return [
        line(testName(test), { weight: 'Bolder' }),
        ...(said === '' ? [] : [line(said, { isSubtle: true })]),
        ...(test.message === null ? [] : [line(clip(oneLine(test.message), 300))]),
      ];
    }),
    ...(more === null || cases.length === 0 ? [] : [line(more, { isSubtle: true })]),
    ...(failure === null ? [] : [line(failureWords(failure))]),
    ...(log === '' ? [] : [line(log, { fontType: 'Monospace', size: 'Small' })]),
    { type: 'FactSet', facts: factsOf(notice).map(([title, value]) => ({ title, value: unmarked(value) })) },
    line(clip(why, 300), { isSubtle: true, size: 'Small' }),
  ];
}

function brief(notice: Notice): unknown[] {
  const since = sinceWords(notice);
  const selectAction = { type: 'Action.OpenUrl', url: notice.run.url };
  return [
    line(sentenceOf(notice), { weight: 'Bolder', color: COLORS[notice.occasion], selectAction }),
    ...(since === null ? [] : [line(since, { isSubtle: true })]),
  ];
}

function line(text: string, style: Readonly<Record<string, unknown>> = {}): unknown {
  return { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: harmless(text), ...style }] };
}

/** Facts know markdown; a backslash keeps it from being one. */
function unmarked(text: string): string {
  return text.replace(/[\\`*_[\]()#~]/g, (mark) => `\\${mark}`);
}
