import { harmless } from '../../support/harmless.ts';
import { endOf } from './log-tail.ts';
import type { Notice } from './notice.ts';
import { moreTests, sinceWords, testName, testRemarks } from './words.ts';

/** Text that markdown shows as it is: no emphasis, no link, and nobody is called by an @. */
export function escapeMarkdown(text: string): string {
  return harmless(text)
    .replace(/[\\`*_{}[\]()<>#+\-.!|~]/g, (mark) => `\\${mark}`)
    .replace(/@/g, '@\u200b');
}

/** The end of a log as code, of at most `most` characters; empty where there is none. */
export function codeBlock(lines: readonly string[], most: number): string {
  const log = endOf(lines, most).replaceAll('```', "'''");
  return log === '' ? '' : `\`\`\`text\n${log}\n\`\`\``;
}

/** Since when, and the failing tests, as a list; empty where there is nothing to say. */
export function detailLines(notice: Notice, tests: number): readonly string[] {
  const since = sinceWords(notice);
  const cases = (notice.tests?.cases ?? []).slice(0, tests);
  const more = moreTests(notice, cases.length);
  return [
    ...(since === null ? [] : [escapeMarkdown(since)]),
    ...cases.map((test) => {
      const said = testRemarks(test);
      return `- **${escapeMarkdown(testName(test))}**${said === '' ? '' : ` ${escapeMarkdown(said)}`}`;
    }),
    ...(more === null || cases.length === 0 ? [] : [`- ${escapeMarkdown(more)}`]),
  ];
}
