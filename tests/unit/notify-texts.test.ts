import { describe, expect, test } from 'vitest';
import type { Occasion } from '../../src/reporter/notify/decide.ts';
import { digest, digestSubject } from '../../src/reporter/notify/digest.ts';
import { discordBody } from '../../src/reporter/notify/discord.ts';
import { hookBody } from '../../src/reporter/notify/hook-body.ts';
import { tailOf } from '../../src/reporter/notify/log-tail.ts';
import { mailHtml } from '../../src/reporter/notify/mail-html.ts';
import { mailText } from '../../src/reporter/notify/mail-text.ts';
import { mattermostBody } from '../../src/reporter/notify/mattermost.ts';
import type { Notice, NoticeTest } from '../../src/reporter/notify/notice.ts';
import { previewOf } from '../../src/reporter/notify/preview.ts';
import { slackBody } from '../../src/reporter/notify/slack.ts';
import { teamsBody } from '../../src/reporter/notify/teams.ts';
import { tellingOf } from '../../src/reporter/notify/telling.ts';
import { sentenceOf, sinceWords, subjectOf } from '../../src/reporter/notify/words.ts';
import { HOSTILE, notice } from '../support/notice.ts';

const WHY = 'Sent since the rules of acme/shop say so.';
const CHATS = { slack: slackBody, mattermost: mattermostBody, discord: discordBody, teams: teamsBody };

/** What a terminal would obey, and what turns the direction of writing; as it is, and in JSON. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const TERMINAL = /[\u001b\u202e]|\\u001b/;

/** In words of its own, since what does not fit is many pages long. */
function has(text: string, pattern: RegExp): boolean {
  return pattern.test(text);
}

/** Everything from outside is hostile, and as much of it as there can be. */
function hostile(): Notice {
  const long = `${HOSTILE} ${'ä'.repeat(5_000)}`;
  const one: NoticeTest = {
    ...{ suite: long, name: long, job: long, message: long, file: long, line: 1 },
    ...{ isFlaky: true, history: { failed: 1, runs: 2, failed_tries: 1, tries: 2 } },
  };
  const commit = { sha: '4f1c9ab2d3e4f5061728394a5b6c7d8e9f001122', title: long, author: `${HOSTILE} <a@example.org>` };
  return notice({
    ...{ workflow: long, ref: `refs/heads/${long}`, reason: long, commit },
    since: { ...notice().since!, ...commit },
    tests: { total: 900, failed: 700, cases: Array.from({ length: 10 }, () => one) },
    failure: {
      job: long,
      step: long,
      exit: null,
      reason: long,
      lines: Array(40).fill(`${HOSTILE}${'x'.repeat(280)}`),
      url: 'http://127.0.0.1/x',
    },
  });
}

describe('what is said first', () => {
  const said: readonly (readonly [Occasion, Partial<Notice>, string])[] = [
    ['broken', {}, 'main of acme/shop is broken: 3 tests failed'],
    ['broken', { tests: null }, 'main of acme/shop is broken: step "npm test" failed, exit code 1'],
    ['broken', { tests: null, conclusion: 'timed_out' }, 'main of acme/shop is broken: it timed out'],
    ['still_failing', {}, 'main of acme/shop is still broken: 3 tests failed'],
    [
      'moved',
      { instead: { sha: '9de2a11000', author: 'Bo' } },
      'main of acme/shop is broken since 4f1c9ab, not since 9de2a11',
    ],
    ['fixed', { brokenForMs: 7_440_000 }, 'main of acme/shop is green again, after 2 h 04 m'],
    [
      'error',
      { reason: 'the runner was lost 3 times' },
      'main of acme/shop could not be tested: the runner was lost 3 times',
    ],
    ['success', {}, 'main of acme/shop passed at 4f1c9ab'],
    [
      'failure',
      { ref: 'refs/pull/7/merge', event: 'pull_request' },
      'pull request 7 of acme/shop failed at 4f1c9ab: 3 tests failed',
    ],
  ];
  test.each(said)('%s %j: %s', (occasion, change, sentence) => {
    expect(sentenceOf(notice({ occasion, ...change }))).toBe(sentence);
  });

  test('the subject begins with the repository, and is one line whatever is in it', () => {
    expect(subjectOf(notice())).toBe('[acme/shop] main is broken: 3 tests failed');
    expect(subjectOf(hostile())).toMatch(/^\[acme\/shop\] .{1,200}$/);
    expect(has(subjectOf(hostile()), TERMINAL)).toBe(false);
  });

  test('since when it is broken says how sure that is', () => {
    const since = notice().since!;
    expect(sinceWords(notice())).toBe('Broken since 4f1c9ab by Ada Bergström, this commit');
    expect(
      sinceWords(notice({ since: { ...since, sha: '9de2a11', commitsAgo: 3, untested: 2, isCertain: false } })),
    ).toBe(
      'Broken since 9de2a11 by Ada Bergström, 3 commits ago, or since one of 2 commits before it that were not tested',
    );
    expect(sinceWords(notice({ occasion: 'success', since: null }))).toBeNull();
  });
});

describe('a mail', () => {
  test('says in plain text what broke, since when, the tests, the log, and why it was sent', () => {
    const text = mailText(tellingOf([notice()], WHY));
    for (const part of [
      ...['main of acme/shop is broken: 3 tests failed', 'Broken since 4f1c9ab by Ada Bergström, this commit'],
      ...[
        'cart > adds tax',
        'src/cart.test.ts:142',
        'expected 3.14 to be 3.15',
        'flaky, failed 4 of its last 21 tries',
      ],
      ...['and 1 more failing test', 'In job test: step "npm test" failed, exit code 1; the end of its log:'],
      ...['  | AssertionError', 'CI, #1486, 1 m 12 s', 'http://127.0.0.1:8080/runs/17', `-- \n${WHY}`],
    ])
      expect(text).toContain(part);
    // a mail program would make the link a part of the log
    expect(text).toMatch(/ \| AssertionError[^\n]*\n\nhttp:/);
  });

  test.each(['text', 'html', 'slack', 'mattermost', 'discord', 'teams'] as const)(
    'says as %s once what failed in the same way in several jobs',
    (as) => {
      const { tests } = notice();
      const [first] = tests!.cases;
      const cases = [{ ...first!, job: 'unit one', otherJobs: ['unit two', 'c', 'd', 'e'] }];
      const text = previewOf(tellingOf([notice({ tests: { total: 9, failed: 6, cases } })], WHY), as);
      expect(text.replaceAll('\\', '')).toContain('in 5 jobs: unit one, unit two, c, d and 1 more');
      expect(text).toContain('and 1 more failing test');
    },
  );

  test.each(['text', 'html', 'slack', 'mattermost', 'discord', 'teams', 'webhook'] as const)(
    'says as %s that it was too much to come at once',
    (as) => {
      const note = 'There had been 60 messages within the hour; what came after them is in this one.';
      expect(previewOf(tellingOf([notice()], WHY, note), as).replaceAll('\\', '')).toContain(note.replace('.', ''));
    },
  );

  test('loads nothing, runs nothing, and shows hostile text as text', () => {
    const page = mailHtml(tellingOf([hostile()], WHY));
    expect(has(page, /<script|<img|<link|url\(|@import/i)).toBe(false);
    expect(has(page, TERMINAL)).toBe(false);
    expect(has(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/)).toBe(true);
    expect([...page.matchAll(/href="([^"]*)"/g)].every(([, url]) => /^http:\/\/127\.0\.0\.1/.test(url ?? ''))).toBe(
      true,
    );
    expect(Buffer.byteLength(page)).toBeLessThan(100_000); // Gmail folds away what is beyond 102 kB
    expect(has(mailText(tellingOf([hostile()], WHY)), TERMINAL)).toBe(false);
  });
});

describe.each(Object.entries(CHATS))('%s', (name, body) => {
  test('says what broke, since when, and where to look', () => {
    const said = JSON.stringify(body(tellingOf([notice()], WHY))).replace(/\\\\|\u200b/g, '');
    for (const part of [
      'main of acme/shop is broken: 3 tests failed',
      'Broken since 4f1c9ab by Ada Bergström',
      'cart > adds tax',
      '/runs/17',
      'AssertionError',
    ])
      expect(said.replaceAll('&gt;', '>')).toContain(part);
  });

  test('calls nobody, links nowhere else, and stays within its bounds, whatever the text', () => {
    for (const notices of [
      [hostile()],
      Array.from({ length: 40 }, (_, at) => ({ ...hostile(), repository: `a/${at}` })),
    ]) {
      const sent = body(tellingOf(notices, WHY));
      const text = JSON.stringify(sent);
      expect(has(text, TERMINAL)).toBe(false);
      if (name === 'slack') expect(has(text, /<!channel>/)).toBe(false);
      // in code nobody is called
      if (name === 'mattermost')
        expect(has(text.replace(/```.*?```/gs, ''), /@(?:channel|everyone|all|here)/)).toBe(false);
      expect(Buffer.byteLength(text)).toBeLessThan(name === 'teams' ? 28_000 : 60_000);
      assertBounds(name, sent);
    }
  });
});

// biome-ignore lint/suspicious/noExplicitAny: bodies of four kinds are looked through
function assertBounds(name: string, sent: any): void {
  if (name === 'slack') {
    for (const { blocks } of sent.attachments) {
      expect(blocks.length).toBeLessThanOrEqual(50);
      for (const block of blocks) expect((block.text?.text ?? '').length).toBeLessThanOrEqual(3_000);
    }
  }
  if (name === 'mattermost') expect(JSON.stringify(sent.attachments).length).toBeLessThanOrEqual(16_383 * 2);
  if (name === 'discord') {
    expect(sent.allowed_mentions).toEqual({ parse: [] });
    let total = 0;
    for (const { title, description, fields = [], footer } of sent.embeds) {
      expect(title.length).toBeLessThanOrEqual(256);
      expect(description.length).toBeLessThanOrEqual(4_096);
      for (const field of fields) expect(field.value.length).toBeLessThanOrEqual(1_024);
      total += title.length + description.length + (footer?.text.length ?? 0);
      total += fields.reduce(
        (sum: number, field: { name: string; value: string }) => sum + field.name.length + field.value.length,
        0,
      );
    }
    expect(total).toBeLessThanOrEqual(6_000);
  }
}

describe('a digest', () => {
  test('tells of each branch its last verdict, the broken ones first, and how many were overtaken', () => {
    const other = { ref: 'refs/heads/dev' };
    const told = digest([notice(), notice({ occasion: 'fixed' }), notice({ ...other, occasion: 'broken' })]);
    expect(told.notices.map(({ ref, occasion }) => [ref, occasion])).toEqual([
      ['refs/heads/dev', 'broken'],
      ['refs/heads/main', 'fixed'],
    ]);
    expect(told.earlier).toBe(1);
    expect(digestSubject(told.notices)).toBe('[acme/shop] 1 broken, 1 green again');
    const text = mailText(tellingOf([notice(), notice({ occasion: 'fixed' }), notice(other)], WHY));
    expect(text).toContain('1 broken, 1 green again');
    expect(text).toContain('* dev of acme/shop is broken: 3 tests failed');
    expect(text).toContain('1 earlier verdict left out');
  });
});

describe('the end of a log', () => {
  test('is plain: no colours, no commands to the terminal, of a redrawn line the last state', () => {
    const piece =
      'half\n::group::Install\n10%\r50%\r100%\n\u001b[31mred\u001b[0m\u001b]0;title\u0007\n::error file=a.js,line=1::it broke\n##[error]no more\n\n\n';
    expect(tailOf(piece, true)).toEqual(['100%', 'red', 'Error: it broke', 'Error: no more']);
  });

  test('has 40 lines at most, of 300 characters', () => {
    const tail = tailOf(Array.from({ length: 100 }, (_, at) => `${at} ${'x'.repeat(1_000)}`).join('\n'));
    expect(tail).toHaveLength(40);
    expect(tail.every((line) => line.length === 300)).toBe(true);
    expect(tail.at(-1)).toMatch(/^99 x/);
  });
});

test('the body of a generic webhook names people, commits and tests in fields of their own', () => {
  const body = JSON.parse(JSON.stringify(hookBody(tellingOf([notice()], WHY), 'run-17.1-broken')));
  expect(body).toMatchObject({ version: 1, key: 'run-17.1-broken', earlier: 0 });
  expect(body.notices[0]).toMatchObject({
    ...{ event: 'broken', repository: 'acme/shop', conclusion: 'failure', test: false },
    commit: { author: { name: 'Ada Bergström', email: 'ada@example.org' } },
    broken_since: { number: 1486, is_certain: true },
    tests: { failed: 3, cases: [{ file: 'src/cart.test.ts', line: 142 }, {}] },
    failure: { step: 'npm test', log: expect.arrayContaining(['> vitest run']) },
  });
});
