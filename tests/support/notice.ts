import type { Notice } from '../../src/reporter/notify/notice.ts';

/** A notice of a branch that is broken, with all that a notice can hold; `change` overrides. */
export function notice(change: Partial<Notice> = {}): Notice {
  const sha = '4f1c9ab2d3e4f5061728394a5b6c7d8e9f001122';
  const url = 'http://127.0.0.1:8080/runs/17';
  const commit = { sha, title: 'Round taxes to the cent', author: 'Ada Bergström <ada@example.org>' };
  return {
    ...{ occasion: 'broken', conclusion: 'failure', repository: 'acme/shop', event: 'push', ref: 'refs/heads/main' },
    ...{ workflow: 'CI', run: { id: 17, number: 1486, attempt: 1, url }, commit, reason: null, durationMs: 72_000 },
    at: '2026-01-01T12:00:00.000Z',
    since: { run: 17, number: 1486, ...commit, commitsAgo: 0, untested: 0, isCertain: true, url },
    ...{ instead: null, brokenForMs: null },
    tests: {
      ...{ total: 640, failed: 3 },
      cases: [
        {
          ...{ suite: 'cart', name: 'adds tax', job: 'test', message: 'expected 3.14 to be 3.15\n  at cart.ts:12' },
          ...{
            file: 'src/cart.test.ts',
            line: 142,
            isFlaky: false,
            history: { failed: 1, runs: 20, failed_tries: 1, tries: 20 },
          },
        },
        {
          ...{ suite: 'checkout', name: 'retries a payment', job: 'test', message: null },
          ...{
            file: 'src/checkout.test.ts',
            line: null,
            isFlaky: true,
            history: { failed: 4, runs: 20, failed_tries: 4, tries: 21 },
          },
        },
      ],
    },
    failure: {
      ...{ job: 'test', step: 'npm test', exit: 'exit code 1', reason: null },
      lines: [
        '> vitest run',
        '',
        ' FAIL  src/cart.test.ts > cart > adds tax',
        'AssertionError: expected 3.14 to be 3.15',
      ],
      url: 'http://127.0.0.1:8080/api/jobs/31/log',
    },
    isTrial: false,
    ...change,
  };
}

/** Texts of somebody who wants to be more than text. */
export const HOSTILE =
  '<script>alert(1)</script> <!channel> @everyone @channel [x](http://evil) *b* `c` \u001b[31mred\u001b]0;t\u0007 \u202e "q" \'a\' & ]]> \r\nBcc: x@example.org';
