import type { TestCase } from '../../src/model/findings.ts';

/**
 * One branch of a demo: a letter for each commit, the oldest first. `.` passed, `f` failed, `e` could not be tested, `t`
 * timed out, `c` cancelled, `s` skipped, `y` passed after retry, `r` runs now, `q` waits.
 */
export interface DemoBranch {
  readonly ref: string;
  readonly commits: string;
  /** Age of its newest commit, in minutes. */
  readonly agoMinutes: number;
  /** Between two commits, in minutes. Default 130. */
  readonly everyMinutes?: number;
  /** Older commits are farther apart. */
  readonly isSpread?: boolean;
  /** Title and author of its newest commit. */
  readonly title?: readonly [string, string];
}

/** One repository of a demo. */
export interface DemoRepository {
  readonly name: string;
  readonly branches: readonly DemoBranch[];
  readonly jobs: readonly string[];
  readonly takesMinutes: number;
  /** Title and author, used in turn. */
  readonly titles: readonly (readonly [string, string])[];
  /** Labels that its waiting jobs ask for. Default: linux. */
  readonly waitsFor?: readonly string[];
  /** Tests that fail where a commit fails. */
  readonly failures?: readonly TestCase[];
  /** Why it could not be tested. */
  readonly error?: string;
  readonly log?: string;
  /** What is said where it passes. Default: the same. */
  readonly passLog?: string;
}

const dots = (count: number) => '.'.repeat(count);
const failed = (suite: string, name: string, file: string, line: number, message: string): TestCase => ({
  ...{ suite, name, file, line, message, conclusion: 'failure', durationMs: 12 },
});

const green = (text: string) => `\u001b[32m${text}\u001b[0m`;
const red = (text: string) => `\u001b[31m${text}\u001b[0m`;
const dim = (text: string) => `\u001b[2m${text}\u001b[0m`;
const FOLDERS = ['cart', 'address', 'coupon', 'tax', 'delivery', 'receipt', 'pay', 'session'];
const PARTS = [
  'basket',
  'totals',
  'rounding',
  'limits',
  'store',
  'form',
  'price',
  'window',
  'state',
  'format',
  'guard',
];

/** What a test run of a web shop says, up to its verdict. */
const CHECKOUT_TESTS = [
  '\u001b[1m$ npm test\u001b[0m',
  '',
  '> checkout-web@2.5.0 test',
  '> vitest run',
  '',
  ` ${green('RUN')}  v3.2.4 ${dim('/work/checkout-web')}`,
  '',
  ...Array.from({ length: 2_392 }, (_, at) => {
    const [folder, part] = [FOLDERS[at % FOLDERS.length], PARTS[Math.floor(at / FOLDERS.length) % PARTS.length]];
    const turn = Math.floor(at / (FOLDERS.length * PARTS.length));
    const name = `src/${folder}/${part}${turn === 0 ? '' : `-${turn + 1}`}.test.ts`;
    return ` ${green('✓')} ${name} ${dim(`(${(at % 17) + 1} tests)`)} ${(at * 7) % 43} ms`;
  }),
];
const CHECKOUT_PASSED = [
  ...CHECKOUT_TESTS,
  ` ${green('✓')} src/pay/retry.test.ts ${dim('(12 tests)')} 38 ms`,
  '',
  ` Test Files  ${green('2393 passed')} (2393)`,
  `      Tests  ${green('21 529 passed')} (21 529)`,
  '',
].join('\n');
const CHECKOUT_LOG = [
  ...CHECKOUT_TESTS,
  ` ${red('✗')} src/pay/retry.test.ts ${dim('(12 tests |')} ${red('3 failed')}${dim(')')} 41 ms`,
  `   ${red('→ expected 4 to be 3')}`,
  `   ${red('→ expected 4 to be 3')}`,
  `   ${red('→ expected 1600 to be 800')}`,
  '',
  ` ${red('FAIL')}  src/pay/retry.test.ts ${dim('>')} retry ${dim('>')} counts attempts from one`,
  red('AssertionError: expected 4 to be 3 // Object.is equality'),
  '',
  `${green('- Expected')}`,
  `${red('+ Received')}`,
  '',
  green('- 3'),
  red('+ 4'),
  '',
  ` ${dim('❯')} src/pay/retry.test.ts:142:29`,
  dim("    141|     expect(charge.state).toBe('captured');"),
  '    142|     expect(charge.attempts).toBe(3);',
  red('       |                             ^'),
  dim('    143|     expect(charge.log.map(({ at }) => at)).toEqual([0, 100, 300]);'),
  '',
  ` Test Files  ${red('1 failed')} | ${green('2392 passed')} (2393)`,
  `      Tests  ${red('3 failed')} | ${green('21 526 passed')} (21 529)`,
  '',
].join('\n');

/** Those of the pictures: broken, not tested, running, waiting, retried, cancelled, skipped, quiet. */
export const DEMO_REPOSITORIES: readonly DemoRepository[] = [
  {
    name: 'meridian/checkout-web',
    jobs: ['unit', 'postgres', 'browser'],
    takesMinutes: 2.65,
    branches: [
      { ref: 'release/2.4', commits: dots(6), agoMinutes: 2_000 },
      {
        ref: 'fix/tax-rounding',
        commits: '.f.',
        agoMinutes: 760,
        everyMinutes: 45,
        title: ['Round the tax once per line', 'Mei Lin'],
      },
      {
        ref: 'fix/retry-clock',
        commits: '.r',
        agoMinutes: 1,
        title: ['Take the clock from the caller', 'Ada Bergström'],
      },
      {
        ref: 'main',
        commits: `${dots(11)}f${dots(9)}c${dots(6)}y${dots(12)}f${dots(4)}fffr`,
        agoMinutes: 1.4,
        everyMinutes: 18,
        isSpread: true,
        title: ['Show remaining attempts on the pay button', 'Tomás Herrera'],
      },
    ],
    titles: [
      ['Cache the tax table per region', 'Mei Lin'],
      ['Show the delivery window in the cart', 'Sofia Lindqvist'],
      ['Count attempts from one in the retry policy', 'Ada Bergström'],
      ['Keep the basket over a sign-in', 'Tomás Herrera'],
      ['Load the map when it is scrolled to', 'Sofia Lindqvist'],
      ['Say which coupon was refused, and why', 'Mei Lin'],
      ['Drop the second request for the prices', 'Ada Bergström'],
      ['Spell out the currency for screen readers', 'Sofia Lindqvist'],
      ['Move the address form to the shared kit', 'Tomás Herrera'],
    ],
    failures: [
      failed('retry', 'counts attempts from one', 'src/pay/retry.test.ts', 142, 'expected 4 to be 3'),
      failed('retry', 'gives up after the last attempt', 'src/pay/retry.test.ts', 160, 'expected 4 to be 3'),
      failed('retry', 'waits longer each time', 'src/pay/retry.test.ts', 188, 'expected 1600 to be 800'),
    ],
    log: CHECKOUT_LOG,
    passLog: CHECKOUT_PASSED,
  },
  {
    name: 'meridian/edge-proxy',
    jobs: ['build'],
    takesMinutes: 1.2,
    branches: [
      { ref: 'v3', commits: dots(5), agoMinutes: 8_000 },
      { ref: 'main', commits: `${dots(22)}t${dots(25)}ee`, agoMinutes: 61, everyMinutes: 60 },
    ],
    titles: [
      ['Speak HTTP/3 to the origin', 'Kenji Ito'],
      ['Retry on a reset stream', 'Kenji Ito'],
    ],
    error: 'ci.yml:14:5 unknown key run-on, did you mean runs-on?',
  },
  {
    name: 'meridian/ledger',
    jobs: ['unit', 'migrations'],
    takesMinutes: 3,
    branches: [
      { ref: 'spike/partitions', commits: '.f', agoMinutes: 4_000 },
      { ref: 'pg17', commits: '..r', agoMinutes: 0.5 },
      { ref: 'main', commits: `${dots(17)}ff${dots(29)}rq`, agoMinutes: 1, everyMinutes: 300 },
    ],
    titles: [
      ['Post the fee before the charge', 'Priya Raman'],
      ['Split the journal by month', 'Priya Raman'],
    ],
    failures: [failed('ledger', 'posts both sides', 'test/ledger_test.go', 88, 'sum is 3, want 0')],
  },
  {
    name: 'meridian/billing-api',
    jobs: ['unit', 'contract'],
    takesMinutes: 4,
    branches: [
      { ref: 'next', commits: dots(4), agoMinutes: 900 },
      { ref: 'main', commits: `${dots(8)}t${dots(3)}t${dots(35)}rq`, agoMinutes: 0.6, everyMinutes: 13 },
    ],
    titles: [
      ['Round half to even on invoices', 'Oluwaseun Adeyemi'],
      ['Number credit notes by year', 'Priya Raman'],
      ['Keep the VAT id of the buyer', 'Oluwaseun Adeyemi'],
    ],
  },
  {
    name: 'meridian/ios-app',
    jobs: ['simulator'],
    takesMinutes: 11,
    branches: [
      { ref: 'release/8.1', commits: '...q', agoMinutes: 12 },
      { ref: 'main', commits: `${dots(30)}ff${dots(17)}q`, agoMinutes: 21, everyMinutes: 180 },
    ],
    titles: [
      ['Keep the cart when the session ends', 'Sofia Lindqvist'],
      ['Ask for Face ID once', 'Noor Haddad'],
    ],
    waitsFor: ['macos-15'],
  },
  {
    name: 'meridian/search-indexer',
    jobs: ['unit'],
    takesMinutes: 2,
    branches: [
      { ref: 'stable', commits: dots(3), agoMinutes: 5_000 },
      {
        ref: 'main',
        commits: `${dots(5)}y${dots(12)}f${dots(10)}y${dots(9)}y${dots(9)}y`,
        agoMinutes: 34,
        everyMinutes: 370,
      },
    ],
    titles: [
      ['Merge segments below 5 MB', 'Jonas Weber'],
      ['Fold accents before stemming', 'Mei Lin'],
      ['Read postings in blocks of 128', 'Jonas Weber'],
    ],
  },
  {
    name: 'meridian/design-tokens',
    jobs: ['build'],
    takesMinutes: 0.4,
    branches: [
      { ref: 'mei/renders', commits: '..q', agoMinutes: 9 },
      { ref: 'main', commits: dots(60), agoMinutes: 52, everyMinutes: 1_180 },
    ],
    titles: [['Bump style-dictionary to 5.1.0', 'renovate']],
    waitsFor: ['linux', 'gpu'],
  },
  {
    name: 'meridian/feature-flags',
    jobs: ['unit'],
    takesMinutes: 1,
    branches: [
      { ref: 'edge', commits: dots(3), agoMinutes: 3_000 },
      { ref: 'ada/percentages', commits: '.c', agoMinutes: 5_000 },
      { ref: 'ada/other', commits: '.', agoMinutes: 6_000 },
      {
        ref: 'main',
        commits: `${dots(9)}cc${dots(15)}c${dots(4)}f${dots(6)}cc${dots(10)}`,
        agoMinutes: 60,
        everyMinutes: 330,
      },
    ],
    titles: [
      ['Read flags once per request', 'Ada Bergström'],
      ['Give percentages a seed', 'Ada Bergström'],
    ],
  },
  {
    name: 'meridian/mail-relay',
    jobs: ['unit'],
    takesMinutes: 1,
    branches: [
      { ref: 'kenji/msi', commits: '.q', agoMinutes: 44 },
      { ref: 'main', commits: `${dots(14)}ffff${dots(32)}`, agoMinutes: 185, everyMinutes: 540 },
    ],
    titles: [
      ['Defer on 452 instead of bouncing', 'Mei Lin'],
      ['Sign with both keys during a rotation', 'Kenji Ito'],
    ],
    waitsFor: ['windows'],
  },
  {
    name: 'meridian/infra',
    jobs: ['plan'],
    takesMinutes: 6,
    branches: [
      { ref: 'nightly', commits: '.q', agoMinutes: 300 },
      { ref: 'main', commits: `${dots(19)}e${dots(12)}f${dots(17)}`, agoMinutes: 305, everyMinutes: 260 },
    ],
    titles: [['Rotate the bastion keys', 'Kenji Ito']],
    waitsFor: ['linux', 'bastion'],
  },
  {
    name: 'meridian/docs',
    jobs: ['links'],
    takesMinutes: 0.3,
    branches: [
      {
        ref: 'main',
        commits: '....ss..s.....ss.......ssss...s..ss.s....sss.ss.s.',
        agoMinutes: 1_500,
        everyMinutes: 600,
      },
    ],
    titles: [
      ['Explain leases with a drawing', 'Tomás Herrera'],
      ['Name the runner in the five minutes', 'Noor Haddad'],
      ['Fix two links', 'Mei Lin'],
    ],
  },
  {
    name: 'local/test_repo',
    jobs: ['test'],
    takesMinutes: 0.1,
    branches: [{ ref: 'main', commits: '.f.f..', agoMinutes: 2_890, everyMinutes: 5 }],
    titles: [
      ['Make the second test pass', 'you'],
      ['Add a second test', 'you'],
    ],
  },
];
