import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { TestLog } from '../../src/runner/log-tests/test-log.ts';
import { testsOfLog } from '../../src/runner/log-tests/tests-of-log.ts';
import type { TestDraft } from '../../src/runner/reports/test-draft.ts';
import { createRepository } from '../support/repository.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/test-logs');

const fixture = (name: string) => readFileSync(join(FIXTURES, `${name}.txt`), 'utf8');

/** The text as a job writes it, in pieces of `size` bytes. */
function read(text: string, size = 64 * 1024): TestLog {
  const log = new TestLog();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) log.output(bytes.subarray(at, at + size));
  log.endOutput();
  return log;
}

/** `✗ suite · name — first line of the message @ file:line`. */
function lineOf({ suite, name, conclusion, message, file, line }: TestDraft): string {
  const sign = { success: '✓', failure: '✗', skipped: '»' }[conclusion];
  if (conclusion !== 'failure') return `${sign} ${suite} · ${name}`;
  const at = file === undefined ? '' : ` @ ${file.replace('/workspace/', '')}${line === undefined ? '' : `:${line}`}`;
  return `${sign} ${suite} · ${name} — ${message?.split('\n', 1)[0] ?? ''}${at}`;
}

const linesOf = (text: string, size?: number) => read(text, size).drafts.map(lineOf);

const NODE = (error: string, boom: string) => [
  '✓  · adds',
  '✓ cart > totals · is empty',
  `✗ cart > totals · sums two items (and more) — ${error} @ tests/cart.test.js:7`,
  '» cart · is emptied',
  '» cart · ships',
  '✓ parent · child',
  `✗ parent · throws — ${boom} @ tests/cart.test.js:14`,
  '»  · skips itself',
];
const NODE_SPEC = NODE('AssertionError [ERR_ASSERTION]: 2 == 3', 'Error: boom');
const UNITTEST = [
  '✗ tests.test_a.A · test_err — RuntimeError: kaputt',
  '✗ tests.test_a.B · setUpClass — ValueError: setup',
  "✗  · tests.test_b — ModuleNotFoundError: No module named 'nothing_such'",
  '✗ tests.test_a.A · test_bad — AssertionError: 1 != 2 : no good',
  '✗ tests.test_a.A · test_sub (i=1) — AssertionError: 1 == 1',
  '✗ tests.test_a.A · test_unexp — it was expected to fail, and passed',
];
const PYTEST = [
  '✗ test_p · test_bad — AssertionError: no @ test_p.py',
  "✗ test_p · test_par[a b - c] — AssertionError: assert 'a b - c' == 1 @ test_p.py",
  "✗ test_p.TestC · test_m — AssertionError: assert {'a': 1} == {'a': 2} @ test_p.py",
  "✗  · test_imp — ModuleNotFoundError: No module named 'nosuch' @ test_imp.py",
  '✗ test_p · test_fix — RuntimeError: fix @ test_p.py',
];
const CARGO = [
  '» demo · tests::ign',
  '✗ demo · tests::nopan — note: test did not panic as expected at src/lib.rs:13:29',
  '✓ demo · tests::ok',
  '✓ demo · tests::pan',
  '✗ demo · tests::res — Error: "e1"',
  '✗ demo · tests::bad — assertion `left == right` failed: sum',
  '✓ demo · src/lib.rs - add (line 1)',
  '✗ demo · src/lib.rs - add (line 4) — assertion `left == right` failed',
];

const VITEST = (folder: string, quote = '') => [
  `✗ ${folder}c.test.js · (the file itself) — Error: Cannot find module './nothing-such' imported from ${quote}/workspace/c.test.js${quote} @ ${folder}c.test.js`,
  `✗ cart · sums two — AssertionError: expected 2 to be 3 // Object.is equality @ ${folder}a.test.js`,
  `✗ cart > deep · throws — Error: boom @ ${folder}a.test.js`,
];
const JEST = (folder: string, root = folder) => [
  `✗ cart · sums two — expect(received).toBe(expected) // Object.is equality @ ${folder}a.test.js`,
  `✗ cart > deep · throws — boom @ ${folder}a.test.js`,
  `✗ ${folder}c.test.js · (the file itself) — Cannot find module './nothing-such' from '${root}c.test.js' @ ${folder}c.test.js`,
];
const MOCHA = [
  '✗ cart · sums two — AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:',
  '✗ cart > deep · throws — Error: boom',
  '✗ cart > hooks · "before all" hook for "never" — Error: no hook',
];

describe('the tests in a log are read as their tool prints them:', () => {
  test.each<[log: string, lines: readonly string[], passed: number, skipped: number]>([
    ['node-20', NODE('2 == 3', 'boom'), 0, 0],
    ['node-22', NODE('2 == 3', 'boom'), 0, 0],
    ['node-20-spec', NODE_SPEC, 0, 0],
    ['node-26', NODE_SPEC, 0, 0],
    ['node-26-colours', NODE_SPEC, 0, 0],
    ['unittest', UNITTEST, 3, 1],
    [
      'unittest-verbose',
      [
        ...UNITTEST,
        '✓ tests.test_a.A · test_doc',
        '✓ tests.test_a.A · test_exp',
        '✓ tests.test_a.A · test_ok',
        '» tests.test_a.A · test_skip',
      ],
      0,
      0,
    ],
    ['pytest', PYTEST, 2, 2],
    ['pytest-quiet', PYTEST, 2, 2],
    [
      'pytest-verbose',
      [...PYTEST, '✓ test_p · test_ok', '✓ test_p · test_par[1]', '» test_p · test_sk', '» test_p · test_xf'],
      0,
      0,
    ],
    ['cargo', CARGO, 0, 0],
    ['vitest-3', VITEST('v/', "'"), 3, 2],
    ['vitest-4', VITEST(''), 3, 2],
    ['vitest-colours', VITEST(''), 3, 2],
    ['jest', JEST('j/'), 3, 2],
    ['jest-verbose', JEST('j/', ''), 3, 2],
    ['jest-colours', JEST('j/', ''), 3, 2],
    ['mocha', MOCHA, 2, 1],
    ['mocha-colours', MOCHA, 2, 1],
    [
      'go',
      [
        '✗ example.com/demo/pkg · TestBad — a_test.go:4: before',
        '✗ example.com/demo/pkg · TestTable/two_three — a_test.go:5: no two three',
      ],
      0,
      0,
    ],
    [
      'go-verbose',
      [
        '✓ example.com/demo/pkg · TestOk',
        '✗ example.com/demo/pkg · TestBad — a_test.go:4: before',
        '✓ example.com/demo/pkg · TestTable/one',
        '✗ example.com/demo/pkg · TestTable/two_three — a_test.go:5: no two three',
        '» example.com/demo/pkg · TestSkip',
        '✓ example.com/demo/pkg/sub · TestS',
      ],
      0,
      0,
    ],
  ])('%s', (log, lines, passed, skipped) => {
    const text = fixture(log);
    expect(linesOf(text)).toEqual(lines);
    expect(linesOf(text, 5)).toEqual(lines);
    expect(read(text).unnamed).toEqual({ passed, skipped });
  });

  test.each([
    ['vitest-4', 'Tests  2 failed', 'Tests  3 failed'],
    ['jest', 'Tests:       2 failed', 'Tests:       1 failed'],
    ['mocha', '3 failing', '4 failing'],
  ])('nothing of %s where its counts do not agree with what it names', (log, counts, others) => {
    const text = stripVTControlCharacters(fixture(log));
    expect(text).toContain(counts);
    expect(read(text.replace(counts, others))).toMatchObject({ drafts: [], unnamed: { passed: 0, skipped: 0 } });
  });

  test('events of go test -json', () => {
    const text = readFileSync(join(FIXTURES, '../reports/go-test.jsonl'), 'utf8');
    expect(linesOf(text)).toContain('✗ github.com/acme/app/cart · TestTotal/two — cart_test.go:17: expected 3 got 4');
  });

  test('TAP without a version, as bats writes it', () => {
    expect(linesOf('1..2\nok 1 adds\nnot ok 2 takes away\n# (in test file a.bats, line 7)\n')).toEqual([
      '✓  · adds',
      '✗  · takes away — ',
    ]);
  });

  test('names of unittest in any language', () => {
    const verbose = fixture('unittest-verbose')
      .replaceAll('test_bad', 'test_größe_日本')
      .replaceAll('test_ok', 'test_да');
    const lines = linesOf(verbose);
    expect(lines).toContain('✗ tests.test_a.A · test_größe_日本 — AssertionError: 1 != 2 : no good');
    expect(lines).toContain('✓ tests.test_a.A · test_да');
    expect(lines).toHaveLength(10);
  });

  test('a green run of pytest -q', () => {
    expect(read('.....                  [100%]\n5 passed in 0.03s\n').unnamed).toEqual({ passed: 5, skipped: 0 });
  });
});

describe('what a log looks like around them:', () => {
  test('line ends of Windows, timestamps and marks of problem matchers are passed over', () => {
    const stamped = (text: string) => text.replace(/^/gm, '2026-11-28T21:23:59.0123456Z ');
    expect(linesOf(fixture('unittest').replaceAll('\n', '\r\n'))).toEqual(UNITTEST);
    for (const size of [undefined, 5, 41]) {
      expect(linesOf(stamped(fixture('unittest')), size)).toEqual(UNITTEST);
      expect(linesOf(stamped(fixture('unittest').replace(/^/gm, '\u001b[36m')), size)).toEqual(UNITTEST);
      expect(linesOf(fixture('pytest').replace(/^/gm, '[2026-11-28 21:23:59,012] '), size)).toEqual(PYTEST);
    }
    expect(linesOf(fixture('pytest').replace(/^(FAILED|ERROR) /gm, '##[error]$1 '))).toEqual(PYTEST);
  });

  test('several tools in one output are all read', () => {
    const all = ['node-22', 'unittest', 'cargo', 'node-26', 'pytest-quiet'].map(fixture).join('');
    const lines = [...NODE('2 == 3', 'boom'), ...UNITTEST, ...CARGO, ...NODE_SPEC, ...PYTEST];
    expect(linesOf(all).sort()).toEqual([...lines].sort());
  });

  test('a test that prints what looks like a result makes none: failing ones are those that Node lists', () => {
    const log = read(fixture('node-26-noise'));
    expect(log.drafts.map(lineOf)).toEqual(NODE_SPEC.filter((line) => line.startsWith('✗')));
    expect(log.unnamed).toEqual({ passed: 3, skipped: 3 });
  });

  test.each([
    ['node-26', '✔ adds', NODE_SPEC],
    ['unittest', '=====', UNITTEST],
  ])('TAP without a version that a test of %s writes makes none', (name, first, lines) => {
    const text = fixture(name).replace(first, `1..2\nok 1\nnot ok 2 - phantom\n${first}`);
    expect(linesOf(text)).toEqual(lines);
  });

  test.each([
    [
      'a mail about failing tests',
      'FAIL: test_x (tests.test_y)\n--- FAIL: TestX (0.00s)\nnot ok 3 - x\n✖ gone (1ms)\nRan 3 tests in 1s\n',
    ],
    [
      'a summary of Node whose numbers do not agree',
      fixture('node-26').replace('ℹ fail 3', 'ℹ fail 0').replace('✔ adds', 'adds'),
    ],
    ['TAP that was cut off', fixture('node-22').split('\n').slice(0, 40).join('\n')],
    ['TAP with fewer tests than planned', 'TAP version 13\nok 1 - a\n1..2\n'],
    ['unittest that was killed', fixture('unittest').split('Ran 9')[0] ?? ''],
    ['unittest with another count of failures', fixture('unittest').replace('failures=2', 'failures=3')],
    ['pytest with another count of failures', fixture('pytest').replace('3 failed', '4 failed')],
    ['a binary of Rust with another count', fixture('cargo').replaceAll(/\d+ passed/g, '7 passed')],
    ['failures of Go in a package that is fine', '--- FAIL: TestX (0.00s)\nok  \texample.com/a\t0.1s\n'],
    ['JSON of something else', '{"Action":"fail","Test":"x"}\n{"Action":"create"}\n'],
  ])('%s makes no tests', (_, text) => {
    const log = read(text);
    expect(log.drafts).toEqual([]);
    expect(log.unnamed).toEqual({ passed: 0, skipped: 0 });
  });

  test('what a failing test of pytest printed is a part of its message, and no tests', () => {
    const inner = `----------------------------- Captured stdout call -----------------------------\n${fixture('node-22')}`;
    const text = fixture('pytest').replace(
      '=========================== short',
      `${inner}=========================== short`,
    );
    expect(linesOf(text)).toEqual(PYTEST);
  });

  test('what one process began, another one does not end', () => {
    const [first = '', second = ''] = fixture('unittest').split('Ran 9');
    const log = new TestLog();
    log.output(Buffer.from(first));
    log.endOutput();
    log.output(Buffer.from(`Ran 9${second}`));
    log.endOutput();
    expect(log.drafts).toEqual([]);
  });

  test('what a process that passed shows of failures makes no tests, beside one that failed', () => {
    const log = new TestLog();
    const process = (text: string, hasPassed: boolean) => {
      log.output(Buffer.from(text));
      log.endProcess(hasPassed);
      log.endOutput();
    };
    process(fixture('node-22'), true);
    process('TAP version 13\nok 1 - fine\n1..1\n', true);
    process(fixture('unittest'), false);
    expect(log.drafts.map(lineOf)).toEqual(['✓  · fine', ...UNITTEST]);
  });

  test('of two processes with one output, one that failed is enough', () => {
    for (const order of [
      [true, false],
      [false, true],
    ]) {
      const log = new TestLog();
      log.output(Buffer.from(fixture('unittest')));
      for (const hasPassed of order) log.endProcess(hasPassed);
      log.endOutput();
      expect(log.drafts.map(lineOf)).toEqual(UNITTEST);
    }
  });

  test('a line without an end, of any length, costs no memory', () => {
    const log = new TestLog();
    for (let at = 0; at < 200; at++) log.output(Buffer.alloc(64 * 1024, '='));
    log.output(Buffer.from(`\n${fixture('unittest')}`));
    log.endOutput();
    expect(log.drafts.map(lineOf)).toEqual(UNITTEST);
  });
});

describe('the tests of a log', () => {
  const around = { workspace: import.meta.dirname, masks: undefined, hasPassed: false };

  test('are cases as those of a report, with a note', () => {
    const { tests, unnamed, notes } = testsOfLog(read(fixture('unittest')), around);
    expect(tests[0]).toMatchObject({ suite: 'tests.test_a.A', name: 'test_err', conclusion: 'failure' });
    expect(unnamed).toEqual({ passed: 3, skipped: 1 });
    expect(notes).toEqual(['no test report was read; the log tells of 3 passed, 6 failed, 1 skipped']);
  });

  test('are masked once more', () => {
    const masks = { mask: (text: string) => text.replaceAll('kaputt', '***').replaceAll('test_sub', '***') };
    const told = JSON.stringify(testsOfLog(read(fixture('unittest')), { ...around, masks }).tests);
    expect(told).toContain('***');
    expect(told).not.toMatch(/kaputt|test_sub /);
  });

  const FAILING =
    "TAP version 14\nnot ok 1 - sums\n  ---\n  location: 'cart.test.js:3:1'\n  error: 'no'\n  ...\n1..1\n";

  test('have their places by the folder in which their tool was started', async () => {
    await using repository = await createRepository({ 'cart.test.js': '', 'packages/one/cart.test.js': '' });
    const log = new TestLog();
    log.output(Buffer.from(FAILING));
    log.endProcess(false, { cwd: join(repository.path, 'packages/one') });
    log.endOutput();
    const { tests } = testsOfLog(log, { ...around, workspace: repository.path });
    expect(tests).toMatchObject([{ name: 'sums', file: 'packages/one/cart.test.js', line: 3 }]);
  });

  test('have their places by the only file of the commit whose path ends so, where a script changed its folder', async () => {
    await using repository = await createRepository({ 'packages/one/cart.test.js': '', 'other.test.js': '' });
    const log = read(FAILING);
    const placed = () => testsOfLog(log, { ...around, workspace: repository.path }).tests[0]?.file;
    expect(placed()).toBe('packages/one/cart.test.js');
    await repository.commit('another one', { 'packages/two/cart.test.js': '' });
    expect(placed()).toBeUndefined();
  });

  test.each([
    { hasPassed: false, mayHideFailures: true, names: ['sums'] },
    { hasPassed: true, mayHideFailures: true, names: [] },
    { hasPassed: false, mayHideFailures: false, names: [] },
  ])('of a script that ends well in spite of them are told where the job fails: %j', (given) => {
    const log = new TestLog();
    log.output(Buffer.from(FAILING));
    log.endProcess(true, given);
    log.endOutput();
    const { tests } = testsOfLog(log, { ...around, hasPassed: given.hasPassed });
    expect(tests.map(({ name }) => name)).toEqual(given.names);
  });

  test('are none where it tells of failures and everything passed: it shows those of something else', () => {
    expect(testsOfLog(read(fixture('cargo')), { ...around, hasPassed: true })).toMatchObject({ tests: [], notes: [] });
  });
});
