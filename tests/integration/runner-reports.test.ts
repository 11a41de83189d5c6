import { mkdir, readFile, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TestCase } from '../../src/model/findings.ts';
import { collectReports } from '../../src/runner/reports/collect-reports.ts';
import { shell } from '../support/fake-dispatcher.ts';
import { startRunner } from '../support/runner.ts';
import { tempDir } from '../support/temp.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/reports');
/** What the fixtures name. */
const SOURCES = [
  ...['src/cart.js', 'tests/cart.test.js', 'tests/broken.test.js', 'tests/cart.spec.ts', 'tests/test_cart.py'],
  ...['tests/test_broken.py', 'tests/CartTest.php', 'spec/cart_spec.rb', 'cart/cart_test.go'],
  'src/test/java/com/example/CartTest.java',
];

let workspace: Awaited<ReturnType<typeof tempDir>>;
beforeEach(async () => {
  workspace = await tempDir();
  for (const path of SOURCES) await write(path, '');
});
afterEach(() => workspace[Symbol.asyncDispose]());

async function write(path: string, text: string | Buffer): Promise<void> {
  await mkdir(dirname(join(workspace.path, path)), { recursive: true });
  await writeFile(join(workspace.path, path), text);
}

/** Puts a fixture into the workspace, with the workspace's real path in it. */
async function place(fixture: string, path = fixture): Promise<void> {
  const text = await readFile(join(FIXTURES, fixture), 'utf8');
  await write(path, text.replaceAll('/workspace/', `${workspace.path}/`));
}

const read = (patterns: readonly string[] = [], sinceMs = 0) =>
  collectReports({ workspace: workspace.path, patterns, sinceMs });

/** `✗ suite · name @ file:line first line of the message`. */
function lineOf({ suite, name, conclusion, message, file, line, isFlaky }: TestCase): string {
  const sign = { success: '✓', failure: '✗', skipped: '»' }[conclusion];
  const at = file === undefined ? '' : ` @ ${file}:${line ?? '?'}`;
  const what = message === undefined ? '' : ` — ${message.split('\n', 1)[0]}`;
  return `${sign}${isFlaky ? ' flaky' : ''} ${suite} · ${name}${at}${what}`;
}

describe('a report is read as its tool writes it:', () => {
  test.each<[fixture: string, path: string, lines: readonly string[]]>([
    [
      'jest-junit.xml',
      'junit.xml',
      [
        '✓ cart · cart adds an item',
        '✗ cart · cart totals > two items @ src/cart.js:2 — Error: expect(received).toBe(expected) // Object.is equality',
        '» cart · cart is emptied',
      ],
    ],
    [
      'vitest.xml',
      'test-results/vitest.xml',
      [
        '✓ tests/cart.test.js · cart > adds',
        '✗ tests/cart.test.js · cart > totals @ tests/cart.test.js:9 — AssertionError: expected 1 to be 2 // Object.is equality',
        '» tests/cart.test.js · cart > empties',
      ],
    ],
    [
      'pytest.xml',
      'pytest.xml',
      [
        '✓ tests.test_cart.TestCart · test_add',
        '✗ tests.test_cart.TestCart · test_total[two-3] @ tests/test_cart.py:14 — assert 4 == 3',
        '» tests.test_cart · test_later',
        '✗ pytest · tests.test_broken @ tests/test_broken.py:1 — collection failure',
      ],
    ],
    [
      'TEST-com.example.CartTest.xml',
      'target/surefire-reports/TEST-com.example.CartTest.xml',
      [
        '✓ com.example.CartTest · adds',
        '✗ com.example.CartTest · totals @ src/test/java/com/example/CartTest.java:16 — org.opentest4j.AssertionFailedError: expected: <3> but was: <4>',
        '» com.example.CartTest · empties',
        '✓ flaky com.example.CartTest · isSlowAtTimes',
      ],
    ],
    [
      'gotestsum-junit.xml',
      'reports/gotestsum-junit.xml',
      [
        '✓ github.com/acme/app/cart · TestAdd',
        '✗ github.com/acme/app/cart · TestTotal/two_items @ cart/cart_test.go:17 — === RUN   TestTotal/two_items',
        '» github.com/acme/app/cart · TestLater',
      ],
    ],
    [
      'mocha-junit.xml',
      'test-results.xml',
      ['✓ adds · cart adds', '✗ totals · cart totals @ tests/cart.test.js:11 — AssertionError: expected 4 to equal 3'],
    ],
    [
      'phpunit-junit.xml',
      'build/logs/junit.xml',
      [
        '✓ Tests\\CartTest · testAdds',
        '✗ Tests\\CartTest · testTotals with data set #1 @ tests/CartTest.php:23 — Failed asserting that 4 matches expected 3.',
      ],
    ],
    [
      'rspec.xml',
      'rspec.xml',
      [
        '✓ spec.cart_spec · Cart adds',
        '✗ spec.cart_spec · Cart totals @ spec/cart_spec.rb:8 — expected: 3',
        '» spec.cart_spec · Cart empties',
      ],
    ],
    [
      'node-junit.xml',
      'junit.xml',
      [
        '✓ tests/cart.test.js · adds',
        '✗ cart · totals @ tests/cart.test.js:4 — Error [ERR_TEST_FAILURE]: 4 == 3',
        '» cart · empties',
        '» cart · ships',
      ],
    ],
    [
      'node.tap',
      'results.tap',
      ['✓  · adds', '✗ cart · totals @ tests/cart.test.js:4 — 4 == 3', '» cart · empties', '» cart · later'],
    ],
    ['node-tap.tap', 'out.tap', ['✓  · adds', '✗  · totals @ tests/cart.test.js:12 — should be equal']],
    [
      'jest.json',
      'jest-results.json',
      [
        '✓ flaky cart · adds',
        '✗ cart > totals · two items @ tests/cart.test.js:10 — Error: expect(received).toBe(3)',
        '» cart · empties',
        '✗ tests/broken.test.js · (the file itself) @ tests/broken.test.js:3 — SyntaxError: Unexpected token (3:4)',
      ],
    ],
    [
      'mocha.json',
      'reports/mocha.json',
      [
        '✗ cart · totals @ tests/cart.test.js:11 — AssertionError [ERR_ASSERTION]: 4 == 3',
        '✓ flaky cart · adds',
        '» cart · empties',
      ],
    ],
    [
      'pytest.json',
      '.report.json',
      [
        '✗ tests/test_broken.py · (the file itself) @ tests/test_broken.py:1 — tests/test_broken.py:1: in <module>',
        '✓ tests/test_cart.py::TestCart · test_add',
        '✗ tests/test_cart.py::TestCart · test_total[two-3] @ tests/test_cart.py:14 — assert 4 == 3',
        '» tests/test_cart.py · test_later',
      ],
    ],
    [
      'go-test.jsonl',
      'go-test.json',
      [
        '✓ github.com/acme/app/cart · TestAdd',
        '✗ github.com/acme/app/cart · TestTotal/two @ cart/cart_test.go:17 — cart_test.go:17: expected 3 got 4',
        '✓ flaky github.com/acme/app/cart · TestRace',
        '» github.com/acme/app/cart · TestLater',
      ],
    ],
    [
      'playwright.json',
      'playwright-report/results.json',
      [
        '✓ flaky chromium > cart.spec.ts > cart · adds',
        '✗ chromium > cart.spec.ts > cart · totals @ tests/cart.spec.ts:9 — Error: 4 is not 3',
        '» chromium > cart.spec.ts > cart · empties',
      ],
    ],
    [
      'rspec.json',
      'rspec-results.json',
      ['✓ Cart · adds', '✗ Cart · totals @ spec/cart_spec.rb:8 — expected: 3', '» Cart · empties'],
    ],
  ])('%s, found as %s', async (fixture, path, lines) => {
    await place(fixture, path);
    const { tests, notes } = await read();
    expect(tests.map(lineOf)).toEqual(lines);
    expect(notes).toEqual([expect.stringMatching(/^a test report was read: \d+ passed/)]);
  });

  test('times are milliseconds, thousands may be parted by commas', async () => {
    await place('TEST-com.example.CartTest.xml');
    expect((await read()).tests.map(({ durationMs }) => durationMs)).toEqual([1_234_010, 10, 0, 200]);
  });
});

const PASSING = '<testsuite name="s"><testcase classname="c" name="n"/></testsuite>';

describe('which files are reports', () => {
  test('only those that the job wrote, and that are not files of the commit', async () => {
    await write('junit.xml', PASSING);
    const long = new Date(Date.now() - 60_000);
    await utimes(join(workspace.path, 'junit.xml'), long, long);
    expect(await read([], Date.now() - 30_000)).toEqual({ reports: 0, tests: [], notes: [] });
    await write('tests/fixtures/junit.xml', PASSING);
    await write('.git/index', Buffer.from('DIRC…\0\u0018tests/fixtures/junit.xml\0…'));
    expect((await read()).tests).toHaveLength(1);
    expect((await read([], Date.now() - 30_000)).tests).toEqual([]);
    await write('tests/junit.xml', PASSING);
    expect((await read([], Date.now() - 30_000)).tests).toHaveLength(1);
  });

  test('those that the settings name, by path or pattern, whatever they are called', async () => {
    await write('out/a.log', PASSING);
    await write('out/deep/er/b.log', PASSING.replace('"n"', '"m"'));
    expect(await read()).toEqual({ reports: 0, tests: [], notes: [] });
    expect((await read(['out/a.log'])).tests).toHaveLength(1);
    expect((await read(['./out/**/*.log'])).tests).toHaveLength(2);
    await write('out/c.log', 'hello');
    expect((await read(['out/c.log'])).notes).toEqual(['out/c.log is no test report of a kind that is known']);
  });

  test('not those of dependencies, of hidden folders, or behind a link', async () => {
    for (const folder of ['node_modules/x', '.cache', 'vendor/y']) await write(`${folder}/junit.xml`, PASSING);
    await using outside = await tempDir();
    await writeFile(join(outside.path, 'junit.xml'), PASSING);
    await symlink(outside.path, join(workspace.path, 'reports'));
    await symlink(join(outside.path, 'junit.xml'), join(workspace.path, 'junit.xml'));
    expect(await read(['reports/junit.xml', '**/junit.xml'])).toEqual({ reports: 0, tests: [], notes: [] });
  });

  test('a second report that says the same is not counted twice; one that says something else is', async () => {
    await write('a/junit.xml', PASSING);
    await write('b/junit.xml', PASSING);
    await write('c/junit.xml', PASSING.replace('"n"/>', '"n"><failure/></testcase>'));
    expect((await read()).tests.map(lineOf)).toEqual(['✓ c · n', '✗ c · n — failed']);
  });

  test('XML and JSON of other kinds are passed over in silence', async () => {
    await write('reports/coverage.xml', '<coverage/>');
    await write('reports/eslint.json', '[{"filePath":"a.js","messages":[]}]');
    await write('reports/empty.json', '');
    await write('test-results.json', '{"version": 1}');
    await write('junit.xml', '<project name="ant"/>');
    expect(await read()).toEqual({ reports: 0, tests: [], notes: [] });
  });
});

describe('a hostile or broken report', () => {
  test.each([
    [
      'entities that grow',
      `<!DOCTYPE x [<!ENTITY a "${'a'.repeat(1000)}"><!ENTITY b "${'&a;'.repeat(1000)}">]>${PASSING.replace('"n"', '"&b;"')}`,
      '✓ c · &b;',
    ],
    [
      'an end that was never written',
      '<testsuite><testcase classname="c" name="n"><failure>it bro',
      '✗ c · n — failed',
    ],
    ['control characters', PASSING.replace('"n"', '"a\u001b[31mb"'), '✓ c · ab'],
  ])('with %s harms nobody', async (_, text, line) => {
    await write('junit.xml', text);
    expect((await read()).tests.map(lineOf)).toEqual([line]);
  });

  test.each([
    ['elements in elements', `<testsuite>${'<testsuite>'.repeat(5000)}`, /^the test report junit.xml cannot be read: /],
    [
      'an entity of a file',
      `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${PASSING.replace('"n"', '"&a;"')}`,
      /^the test report junit.xml cannot be read: /,
    ],
    ['names of prototypes', '<testsuite><__proto__ x="1"/></testsuite>', /^the test report junit.xml cannot be read: /],
  ])('with %s is told in the log', async (_, text, note) => {
    await write('junit.xml', text);
    expect(await read()).toEqual({ reports: 0, tests: [], notes: [expect.stringMatching(note)] });
  });

  test('that is too large is told, and not read', async () => {
    await write('junit.xml', PASSING);
    await truncate(join(workspace.path, 'junit.xml'), 21 * 1024 * 1024);
    expect(await read()).toEqual({
      reports: 0,
      tests: [],
      notes: ['the test report junit.xml is larger than 20 MB, and not read'],
    });
  });

  test('of many long failures fits into a frame, and says how many it leaves out', async () => {
    const message = 'é'.repeat(10_000);
    const failing = (n: number) => `<testcase classname="c" name="bad ${n}"><failure message="${message}"/></testcase>`;
    const cases = Array.from({ length: 6_000 }, (_, n) =>
      n % 10 === 0 ? failing(n) : `<testcase classname="c" name="good ${n}"/>`,
    );
    await write('junit.xml', `<testsuite>${cases.join('')}</testsuite>`);
    const { tests, notes } = await read();
    expect(notes).toEqual([
      'a test report was read: 5400 passed, 600 failed',
      'of these tests 5000 are kept, failing ones first',
    ]);
    expect(tests.slice(0, 600).every(({ conclusion }) => conclusion === 'failure')).toBe(true);
    expect(Buffer.byteLength(tests[0]?.message ?? '')).toBeLessThanOrEqual(8 * 1024);
    expect(JSON.stringify(tests).length).toBeLessThan(12 * 1024 * 1024);
  });

  test('with a secret in it does not tell it, not even half of it where it is cut', async () => {
    const secret = 'hunter2hunter2';
    const message = `${'x'.repeat(8 * 1024 - 10)}${secret}`;
    await write('junit.xml', PASSING.replace('"n"/>', `"${secret}"><failure message="${message}"/></testcase>`));
    const masks = { mask: (text: string) => text.replaceAll(secret, '***') };
    const { tests } = await collectReports({ workspace: workspace.path, patterns: [], sinceMs: 0 }, masks);
    expect(tests[0]?.name).toBe('***');
    expect(JSON.stringify(tests)).not.toContain('hunter');
  });

  test('with a name that is longer than all others is cut', async () => {
    await write('junit.xml', PASSING.replace('"n"', `"${'x'.repeat(100_000)}"`));
    expect((await read()).tests[0]?.name).toHaveLength(500);
  });
});

describe('a job', () => {
  const report = (name: string, what = '') =>
    shell(`echo '<testsuite><testcase name="${name}">${what}</testcase></testsuite>' > out.xml`);

  test('sends what its reports say with its result, and says in its log that they were read', async () => {
    await using one = await startRunner();
    const steps = [
      shell('mkdir reports; cd reports; echo "ok 1 - fine" > a.tap'),
      report('bad', '<failure/>'),
      shell('exit 1'),
    ];
    const { result, log } = await one.dispatcher.run({ spec: { steps, reports: ['*.xml'] } });
    expect(result.conclusion).toBe('failure');
    expect(result.tests).toEqual([
      { suite: '', name: 'bad', conclusion: 'failure', durationMs: null, message: 'failed' },
      { suite: '', name: 'fine', conclusion: 'success', durationMs: null },
    ]);
    expect(log).toContain('\n[signalbox] 2 test reports were read: 1 passed, 1 failed\n');
  });

  test('that wrote none says nothing of them, and one of the job before is not taken', async () => {
    await using one = await startRunner();
    const spec = { reports: ['out.xml'] };
    const first = await one.dispatcher.run({ spec: { ...spec, steps: [report('first')] } });
    expect(first.result.tests).toHaveLength(1);
    const second = await one.dispatcher.run({ spec: { ...spec, steps: [shell('true')] } });
    expect('tests' in second.result).toBe(false);
    expect(second.log).not.toContain('report');
  });

  test('that wrote none tells what its log says of its tests', async () => {
    await using one = await startRunner();
    const text = join(FIXTURES, '../test-logs/unittest.txt');
    const { result, log } = await one.dispatcher.run({ spec: { steps: [shell(`cat ${text}; exit 1`)] } });
    expect(result.tests).toHaveLength(6);
    expect(result.unnamedTests).toEqual({ passed: 3, skipped: 1 });
    expect(log).toContain('[signalbox] no test report was read; the log tells of 3 passed, 6 failed, 1 skipped\n');
  });

  test('that failed tells no failing tests of a step that passed', async () => {
    await using one = await startRunner();
    const text = join(FIXTURES, '../test-logs/unittest.txt');
    const { result } = await one.dispatcher.run({ spec: { steps: [shell(`cat ${text}`), shell('exit 1')] } });
    expect(result.conclusion).toBe('failure');
    expect('tests' in result).toBe(false);
  });

  test('that wrote one tells nothing of its log: no test is counted twice', async () => {
    await using one = await startRunner();
    const text = join(FIXTURES, '../test-logs/unittest.txt');
    const steps = [report('only'), shell(`cat ${text}; exit 1`)];
    const { result } = await one.dispatcher.run({ spec: { steps, reports: ['out.xml'] } });
    expect(result.tests).toMatchObject([{ name: 'only' }]);
    expect('unnamedTests' in result).toBe(false);
  });

  test('that ran out of time still tells what its tests said until then', async () => {
    await using one = await startRunner();
    const steps = [report('early'), shell('sleep 60')];
    const { result } = await one.dispatcher.run({ spec: { steps, reports: ['out.xml'], timeoutMs: 500 } });
    expect(result).toMatchObject({ conclusion: 'timed_out', tests: [{ name: 'early' }] });
  });
});
