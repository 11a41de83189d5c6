import { randomUUID } from 'node:crypto';
import { messageOf } from '../../support/ci-error.ts';
import type { Sink } from '../message.ts';
import type { Occasion } from './decide.ts';
import type { Notice } from './notice.ts';
import { type PlacedRule, whyOf } from './placed-rules.ts';
import { hookSink, MAIL_SINK, targetWords } from './targets.ts';

/** What came of one recipient of a test. */
export interface TrialResult {
  readonly scope: string;
  readonly rule: number;
  /** In words, without what is secret. */
  readonly to: string;
  readonly isSent: boolean;
  /** Why not, in words. */
  readonly error: string | null;
}

/** Bound on one sending, in milliseconds. */
const SEND_MS = 45_000;

/**
 * Sends a test by these rules, at once, by the sinks that send everything else, all side by side. Quiet hours, digests and
 * branches are passed over. `to`: instead of the addresses of mail rules.
 */
export async function sendTrial(
  rules: readonly PlacedRule[],
  options: {
    readonly sinks: ReadonlyMap<string, Sink>;
    readonly notice: (rule: PlacedRule) => Notice;
    readonly now: Date;
    readonly to?: string;
  },
): Promise<readonly TrialResult[]> {
  const trials = rules.flatMap((placed) =>
    recipientsOf(placed, options.to).map((recipient) => ({ placed, ...recipient })),
  );
  return Promise.all(
    trials.map(async ({ placed, sink, to, words }) => {
      const said = { scope: placed.scope, rule: placed.number, to: words };
      try {
        await sendOne(placed, sink, to, options);
        return { ...said, isSent: true, error: null };
      } catch (error) {
        return { ...said, isSent: false, error: messageOf(error) };
      }
    }),
  );
}

async function sendOne(
  placed: PlacedRule,
  sink: string | null,
  to: string | null,
  { sinks, notice, now }: Parameters<typeof sendTrial>[1],
): Promise<void> {
  if (sink === null)
    throw new Error('a test has no commit, so nobody is its author or owner; name an address with --to');
  const target = sinks.get(sink.split(':', 1)[0] ?? sink);
  if (target === undefined)
    throw new Error('there is no section "mail" in the configuration, which says how mail is sent');
  const body = { to, notice: notice(placed), why: whyOf(placed), note: null, thread: null, isFirst: true };
  const key = `trial.${randomUUID()}`;
  await target.send(body, { sink, key, attempt: 1, composedAt: now, more: [], signal: AbortSignal.timeout(SEND_MS) });
}

function recipientsOf({ rule }: PlacedRule, instead: string | undefined) {
  const { target } = rule;
  if (target.kind !== 'mail') return [{ sink: hookSink(target), to: null, words: targetWords(rule) }];
  const addresses = instead === undefined ? target.to : [instead];
  return addresses.map((to) => {
    const isKnown = to !== 'author' && to !== 'owners';
    return { sink: isKnown ? MAIL_SINK : null, to, words: `mail ${to}` };
  });
}

/** A notice of something that did not happen. `page`: base of the page's address. */
export function trialNotice(repository: string, page: string, now: Date, occasion: Occasion = 'broken'): Notice {
  const url = `${page.replace(/\/+$/, '')}/`;
  const sha = '4f1c9ab2d3e4f5061728394a5b6c7d8e9f001122';
  const commit = { sha, title: 'Round taxes to the cent', author: 'Ada Bergström <ada@example.org>' };
  const isBad = occasion !== 'fixed' && occasion !== 'success';
  const conclusion = occasion === 'error' ? 'error' : isBad ? 'failure' : 'success';
  const isOfBranch =
    occasion === 'broken' || occasion === 'still_failing' || occasion === 'fixed' || occasion === 'moved';
  return {
    ...{ occasion, conclusion, repository, event: 'push', ref: 'refs/heads/main', workflow: 'CI' },
    ...{ run: { id: 0, number: 1, attempt: 1, url }, commit, durationMs: 72_000, at: now.toISOString() },
    reason: occasion === 'error' ? 'its runner was lost 3 times' : null,
    since: isOfBranch ? { run: 0, number: 1, ...commit, commitsAgo: 0, untested: 0, isCertain: true, url } : null,
    instead:
      occasion === 'moved' ? { sha: '9de2a11f00112233445566778899aabbccddeeff', author: 'Bo <bo@example.org>' } : null,
    brokenForMs: occasion === 'fixed' ? 7_440_000 : null,
    tests: isBad && occasion !== 'error' ? SAMPLE_TESTS : null,
    failure: isBad
      ? { ...{ job: 'test', step: 'npm test', exit: 'exit code 1', reason: null, url }, lines: SAMPLE_LOG }
      : null,
    isTrial: true,
  };
}

const SAMPLE_TESTS: Notice['tests'] = {
  ...{ total: 640, failed: 1 },
  cases: [
    {
      ...{
        suite: 'cart',
        name: 'adds tax',
        job: 'test',
        message: 'expected 3.14 to be 3.15',
        file: 'src/cart.test.ts',
      },
      ...{ line: 142, isFlaky: false, history: { failed: 1, runs: 20, failed_tries: 1, tries: 20 } },
    },
  ],
};

const SAMPLE_LOG = [
  '> vitest run',
  '',
  ' FAIL  src/cart.test.ts > cart > adds tax',
  'AssertionError: expected 3.14 to be 3.15',
];
