import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NotifyRule, NotifyWhen } from '../../src/config/notify.ts';
import type { Conclusion } from '../../src/model/conclusion.ts';
import { type Decision, decide, decideMoved, type Occasion } from '../../src/reporter/notify/decide.ts';
import { isAsked } from '../../src/reporter/notify/match.ts';
import { ownersOf } from '../../src/reporter/notify/owners.ts';
import { type BrokenSince, NOTHING_KNOWN, type Standing, type Verdict } from '../../src/reporter/notify/standing.ts';

const AT = new Date('2026-01-01T00:00:00Z');
const LETTERS: Readonly<Record<string, Conclusion>> = {
  ...{ g: 'success', b: 'failure', t: 'timed_out', s: 'skipped', e: 'error', c: 'cancelled' },
};

function verdict(number: number, letter: string, attempt = 1, since: BrokenSince | null = null): Verdict {
  const conclusion = LETTERS[letter] ?? 'success';
  const commit = { sha: `${number}`, author: `A${number} <a${number}@example.org>`, title: `Commit ${number}` };
  return { run: 100 + number, number, attempt, conclusion, ...commit, brokenSince: since };
}

/** `5b 4g 5g.2`: the verdicts in the order in which they come, each with its number (and its attempt). */
function told(verdicts: string): {
  occasions: (Occasion | '-')[];
  standing: Standing;
  decisions: (Decision | undefined)[];
} {
  let standing = NOTHING_KNOWN;
  const decisions = verdicts.split(' ').map((one) => {
    const [, number, letter = '', attempt = '1'] = /^(\d+)([a-z])(?:\.(\d+))?$/.exec(one) ?? [];
    const decision = decide(standing, verdict(Number(number), letter, Number(attempt)), AT);
    standing = decision?.standing ?? standing;
    return decision;
  });
  return { occasions: decisions.map((decision) => decision?.occasion ?? '-'), standing, decisions };
}

describe('what a verdict means for its branch', () => {
  test.each([
    ['1g 2g', 'success success'],
    ['1b', 'broken'],
    ['1g 2b 3b 4g 5g', 'success broken still_failing fixed success'],
    ['1g 2t 3g', 'success broken fixed'],
    ['2b 1b', 'broken failure'], // the older one comes later: it is no second breakage
    ['2b 1g 3g', 'broken success fixed'], // an older one that passes mends nothing
    ['2g 1b', 'success failure'], // a newer one passes already
    ['1g 3b 2g 3g.2', 'success broken success fixed'], // the rerun is green
    ['1b 1b.2 1g.3', 'broken still_failing fixed'],
    ['1b 1b', 'broken -'], // read again after a crash
    ['1b 1g.2 1b', 'broken fixed -'], // the event of an attempt that is over
    ['1b 2g 1b.2', 'broken fixed failure'], // an old run tried again
    ['1g 2e 3e 4b', 'success error error broken'],
    ['1b 2e 3g', 'broken error fixed'], // what could not be tested mends nothing
    ['1b 2s 3c 4b', 'broken - cancelled still_failing'],
    ['3b 4b 3g.2 4g.2', 'broken still_failing success fixed'],
  ])('%s: %s', (verdicts, occasions) => {
    expect(told(verdicts).occasions.join(' ')).toBe(occasions);
  });

  test('that it could not be tested is asked for once, until a commit could be tested again', () => {
    const asked = told('1g 2e 3e 4g 5e').decisions.map((decision) => decision?.words.includes('error'));
    expect(asked).toEqual([false, true, false, false, true]);
  });

  const events = fc.shuffledSubarray(
    Array.from({ length: 12 }, (_, index) => index + 1),
    { minLength: 1 },
  );
  const letters = fc.array(fc.constantFrom('g', 'b', 't', 'e', 's', 'c'), { minLength: 12, maxLength: 12 });

  test('in whatever order verdicts come, broken and fixed take turns, and the last word is that of the newest commit', () => {
    void fc.assert(
      fc.property(events, letters, fc.array(fc.integer({ min: 1, max: 12 })), (numbers, said, again) => {
        const first = numbers.map((number) => `${number}${said[number - 1]}`);
        // some are tried again, with what another one said
        const reruns = again
          .filter((number) => numbers.includes(number))
          .map((number, at) => `${number}${said[at % 12]}.${at + 2}`);
        const all = [...first, ...reruns];
        const { occasions, standing } = told(all.join(' '));
        const turns = occasions.filter((occasion) => occasion === 'broken' || occasion === 'fixed');
        expect(turns).toEqual(turns.map((_, at) => (at % 2 === 0 ? 'broken' : 'fixed')));
        const last = new Map(all.map((one) => [Number.parseInt(one, 10), /[a-z]/.exec(one)?.[0] ?? '']));
        const tested = [...last].filter(([, letter]) => 'gbt'.includes(letter)).sort(([a], [b]) => a - b);
        // an attempt that could not be tested leaves the former verdict of its commit: only plain histories are compared
        if (reruns.every((one) => /[gbt]/.test(one)))
          expect(standing.told !== null).toBe('bt'.includes(tested.at(-1)?.[1] ?? 'g'));
      }),
    );
  });
});

describe('a culprit that is found later', () => {
  const since = (number: number, isCertain: boolean): BrokenSince => ({
    ...{ run: 100 + number, number, sha: `${number}`, author: 'Bob', title: 'x', commitsAgo: 9 - number },
    ...{ untested: isCertain ? 0 : 3, isCertain },
  });
  const standing = decide(NOTHING_KNOWN, verdict(9, 'b', 1, since(9, false)), AT)?.standing ?? NOTHING_KNOWN;

  test('is told once, when it is certain, and is another one than was told', () => {
    expect(decideMoved(standing, since(7, false))).toBeUndefined();
    const moved = decideMoved(standing, since(7, true));
    expect(moved).toMatchObject({ occasion: 'moved', words: ['broken', 'always'], breakage: { since: { number: 7 } } });
    expect(decideMoved(moved?.standing ?? standing, since(7, true))).toBeUndefined();
  });

  test('that is the one that was told is no news', () => {
    expect(decideMoved(standing, since(9, true))).toBeUndefined();
    expect(decideMoved(NOTHING_KNOWN, since(7, true))).toBeUndefined();
  });
});

describe('whom a rule concerns', () => {
  const rule = (change: Partial<NotifyRule> = {}): NotifyRule => ({
    target: { kind: 'mail', to: ['a@example.org'] },
    ...{ on: ['broken', 'fixed'], branches: null, quiet: null, digest: null, perHour: 60, ...change },
  });
  const main = { event: 'push', ref: 'refs/heads/main', defaultBranch: 'refs/heads/main' };
  const words = (...list: NotifyWhen[]) => ({ words: list });

  test('the default branch, where no patterns are given', () => {
    expect(isAsked(rule(), words('broken'), main)).toBe(true);
    expect(isAsked(rule(), words('success', 'always'), main)).toBe(false);
    expect(isAsked(rule(), words('broken'), { ...main, ref: 'refs/heads/x' })).toBe(false);
    expect(isAsked(rule(), words('broken'), { ...main, ref: 'refs/heads/dev', defaultBranch: 'refs/heads/dev' })).toBe(
      true,
    );
    expect(isAsked(rule(), words('broken'), { ...main, ref: 'refs/heads/master', defaultBranch: null })).toBe(true);
  });

  test('branches by pattern; tags only by their full names', () => {
    const some = rule({ branches: ['release/**', '!release/old', 'refs/tags/v*'] });
    const at = (ref: string) => isAsked(some, words('broken'), { ...main, ref });
    expect(['refs/heads/release/1', 'refs/tags/v1'].every(at)).toBe(true);
    expect(['refs/heads/release/old', 'refs/heads/main', 'refs/tags/x', 'refs/tags/release/1'].some(at)).toBe(false);
  });

  test('a pull request concerns its author, and nobody else', () => {
    const pull = { ...main, event: 'pull_request', ref: 'refs/pull/7/merge' };
    expect(isAsked(rule(), words('broken'), pull)).toBe(false);
    expect(isAsked(rule({ branches: ['**'] }), words('broken'), pull)).toBe(false);
    expect(isAsked(rule({ target: { kind: 'mail', to: ['author'] } }), words('broken'), pull)).toBe(true);
  });
});

describe('owners of a path', () => {
  const file = `# who knows what
*            @everybody
*.js         @js-team js@example.org # comment
/docs/       @writers
apps/        @apps
/build/logs/ @builders
docs/*       one@example.org
/api/**/*.go @gophers
/apps/github
with\\ space/ @space
`;

  test.each([
    ['README', '@everybody'],
    ['src/a.js', '@js-team js@example.org'],
    ['docs/guide.md', 'one@example.org'],
    ['docs/build/guide.md', '@writers'],
    ['x/apps/y', '@apps'],
    ['build/logs/x/y.log', '@builders'],
    ['x/build/logs/y.log', '@everybody'],
    ['api/main.go', '@gophers'],
    ['api/v1/x/main.go', '@gophers'],
    ['apps/github', ''],
    ['apps/github/x.js', ''],
    ['with space/x', '@space'],
  ])('%s belongs to %s', (path, owners) => {
    expect(ownersOf(file, [path]).join(' ')).toBe(owners);
  });

  test('of several paths each owner is named once', () => {
    expect(ownersOf(file, ['a.js', 'b.js', 'README'])).toEqual(['@js-team', 'js@example.org', '@everybody']);
  });

  test('a pattern made to be slow is not slow, and one that is too long fits nothing', () => {
    expect(ownersOf(`${'*a'.repeat(400)}b x@y`, ['a'.repeat(4_000)])).toEqual([]);
    expect(ownersOf(`${'*'.repeat(2_000)} x@y`, ['a'])).toEqual([]);
  });

  test('owners of a section of GitLab are those of its lines without any', () => {
    expect(ownersOf('[Docs][2] @writers\n*.md\nREADME.md @ada\n', ['x.md', 'README.md'])).toEqual(['@writers', '@ada']);
  });
});
