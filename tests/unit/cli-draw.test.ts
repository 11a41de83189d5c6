import { describe, expect, test } from 'vitest';
import { findingLines } from '../../src/cli/doctor.ts';
import { columns } from '../../src/cli/draw/columns.ts';
import { ALL, jobLines } from '../../src/cli/draw/jobs.ts';
import { inCommon } from '../../src/cli/draw/legs.ts';
import { LiveBlock } from '../../src/cli/draw/live-block.ts';
import { leftWords, medianMs } from '../../src/cli/draw/progress.ts';
import { endLines, watchedLines } from '../../src/cli/draw/watched.ts';
import { wayLines } from '../../src/cli/draw/way.ts';
import { clip, clipPath, widthOf, wrap } from '../../src/cli/draw/width.ts';
import { tellingLines } from '../../src/cli/failing-lines.ts';
import { queueLines } from '../../src/cli/queue.ts';
import { repositoryLines } from '../../src/cli/repos.ts';
import { runnerLines } from '../../src/cli/runners.ts';
import { runLines } from '../../src/cli/show.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { RUN_COLUMNS, runCells } from '../../src/cli/views.ts';
import { failurePattern, isFailureLine } from '../../src/model/failure-line.ts';
import type { ApiJob, ApiRunDetail } from '../../src/protocol/api-schema.ts';
import { apiJob, apiRun } from '../support/api-run.ts';

const NOW = new Date('2026-01-02T03:04:30.000Z');
const WIDTHS = [40, 60, 100, 160, 200];

/** A terminal of that width; without it, a pipe. */
function terminal(columns?: number, env: NodeJS.ProcessEnv = { NO_COLOR: '1' }): Terminal {
  const output = { write: () => true, isTTY: columns !== undefined, columns };
  return new Terminal(output, output, env);
}

describe('the width of a text', () => {
  test.each([
    ['plain', 5],
    ['日本語', 6],
    ['🚀', 2],
    ['👨‍👩‍👧', 2],
    ['e\u0301', 1],
    ['\u001b[31mred\u001b[39m', 3],
  ])('%j takes %d columns', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  test.each([
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
    ['a👨‍👩‍👧b👨‍👩‍👧', 4, 'a👨‍👩‍👧…'],
    ['abc', 3, 'abc'],
    ['abc', 0, ''],
    ['\u001b[31mabcdef\u001b[39m', 4, '\u001b[31mabc…\u001b[39m'],
  ])('%j cut to %d keeps whole characters and ends its colours', (text, width, cut) => {
    expect(clip(text, width)).toBe(cut);
    expect(widthOf(clip(text, width))).toBeLessThanOrEqual(width);
  });

  test('of a path the folders go first, file and line stay whole', () => {
    expect(clipPath('services/checkout/test/retry.test.ts:142', 24)).toBe('…/test/retry.test.ts:142');
    expect(clipPath('services/checkout/test/retry.test.ts:142', 5)).toBe('retry.test.ts:142');
  });

  test('a sentence is broken between words, and a long word is not', () => {
    expect(wrap('it waits for http://example.org/a/long/address to end', 12)).toEqual([
      'it waits for',
      'http://example.org/a/long/address',
      'to end',
    ]);
  });
});

describe('columns', () => {
  const rows = [
    ['✗ failed', 'acme/checkout-web#1486', '日本語のタイトル that is long enough to be cut', '3 days'],
    ['✓ passed', 'acme/api#7', 'short', '2 min'],
  ];

  test('stand under each other, wide characters counted as two', () => {
    expect(
      columns(
        [
          ['日本', 'a'],
          ['xy', 'b'],
        ],
        [{}, {}],
        terminal(),
      ),
    ).toEqual(['日本  a', 'xy    b']);
  });

  test.each(WIDTHS)('fit %d columns', (width) => {
    for (const line of columns(rows, [{}, { min: 8 }, { min: 10 }, { leaves: 1 }], terminal(width)))
      expect(widthOf(line)).toBeLessThanOrEqual(width);
  });

  test('leave one by one, and what stays has their room', () => {
    const wishes = [{}, {}, { min: 20 }, { leaves: 1 }];
    expect(columns(rows, wishes, terminal(70))[1]).toMatch(/2 min$/);
    expect(columns(rows, wishes, terminal(56))[1]).toMatch(/short$/);
  });

  test('are whole where a program reads them', () => {
    expect(columns(rows, [{}, {}, { min: 10 }, { leaves: 1 }], terminal())[0]).toBe(rows[0]?.join('  '));
  });

  test('of runs keep verdict, name and title on a narrow terminal', () => {
    const run = apiRun({ title: 'Ask the bank again 🚀 after a timeout of 日本語', workflow: 'CI' });
    const [line = ''] = columns([runCells(run, terminal(40), NOW)], RUN_COLUMNS, terminal(40));
    expect(line).toMatch(/^✗ failed {2}acme\/web#3.* {2}Ask the bank/);
    expect(widthOf(line)).toBeLessThanOrEqual(40);
  });
});

describe('the jobs of a run', () => {
  const legs = (many: number, isFailed: (n: number) => boolean): ApiJob[] =>
    Array.from({ length: many }, (_, at) =>
      apiJob({
        id: at + 1,
        name: `leg (${at + 1}, ${at % 2 === 0 ? 'sqlite' : 'postgres'})`,
        matrix: { n: at + 1, database: at % 2 === 0 ? 'sqlite' : 'postgres' },
        conclusion: isFailed(at + 1) ? 'failure' : 'success',
      }),
    );

  test('a matrix of 250 is folded to its counts and the worst of its legs', () => {
    const lines = jobLines(
      legs(250, (n) => n % 20 === 0),
      terminal(100),
      NOW,
    );
    expect(lines[0]).toBe('  ✗ leg  250 jobs  12 failed, 238 passed');
    expect(lines[1]).toMatch(/^ {6}✗ leg \(20, postgres\) {3}failed/);
    expect(lines).toHaveLength(12);
    expect(lines.at(-1)).toBe('      and 2 more jobs ("signalbox show --all")');
    expect(
      jobLines(
        legs(250, (n) => n % 20 === 0),
        terminal(100),
        NOW,
        ALL,
      ),
    ).toHaveLength(250);
  });

  test('jobs of a workflow that a matrix calls are folded as its legs are', () => {
    const called = Array.from({ length: 40 }, (_, at) =>
      apiJob({ id: at, name: `checks (${at}) / build`, conclusion: at === 12 ? 'failure' : 'success' }),
    );
    expect(jobLines(called, terminal(100), NOW)).toEqual([
      '  ✗ checks / build  40 jobs  1 failed, 39 passed',
      '      ✗ checks (12) / build  failed  1.5 s  on local-1',
    ]);
  });

  test('of a hundred jobs without a matrix those are listed that are not simply over', () => {
    const jobs = Array.from({ length: 100 }, (_, at) =>
      apiJob({ id: at, name: `job-${at}`, conclusion: at === 70 ? 'failure' : 'success' }),
    );
    expect(jobLines(jobs, terminal(100), NOW)).toEqual([
      '  ✗ job-70  failed  1.5 s  on local-1',
      '  and 99 more jobs ("signalbox show --all")',
    ]);
  });

  test('what failing legs have in common is said, if the passing ones have it not', () => {
    expect(inCommon(legs(8, (n) => n % 2 === 0))).toBe('all with database postgres');
    expect(inCommon(legs(8, (n) => n % 4 === 0))).toBeUndefined();
    expect(inCommon(legs(8, () => true))).toBeUndefined();
  });

  test('steps are listed in a small run, with how they ended', () => {
    const steps = [
      { name: 'Prepare', status: 'completed' as const, conclusion: 'success' as const },
      { name: 'Test', status: 'completed' as const, conclusion: 'failure' as const, exit_code: 1 },
    ];
    expect(jobLines([apiJob({ conclusion: 'failure', steps })], terminal(), NOW)).toEqual([
      '  ✗ test  failed  1.5 s  Test, exit code 1, on local-1',
      '      ✓ Prepare',
      '      ✗ Test, exit code 1',
    ]);
  });

  test('a job that waits says why', () => {
    const job = apiJob({ status: 'queued', conclusion: null, waiting_for: 'a runner with gpu', runner: null });
    expect(jobLines([{ ...job, started_at: null, completed_at: null }], terminal(), NOW)).toEqual([
      '  ◌ test  waiting  a runner with gpu',
    ]);
  });
});

describe('the way of a push', () => {
  test('is a line with stations, and upright where it does not fit', () => {
    const run = apiRun({});
    expect(wayLines(run, terminal(120), NOW)).toEqual([
      '● committed ── ● received ── 22 ms ── ● dispatched ── 94 ms ── ● started ── 12 s ── ✗ failed',
    ]);
    expect(wayLines(run, terminal(60), NOW)).toHaveLength(5);
  });

  test('of a later attempt begins where somebody asked for it', () => {
    const run = apiRun({ attempt: 2, dispatched_at: '2026-01-02T03:04:00.200Z' });
    expect(wayLines(run, terminal(120), NOW)).toEqual(['● asked again ── 16 ms ── ● started ── 12 s ── ✗ failed']);
  });

  test('says how long the hop that goes on has taken', () => {
    const run = apiRun({ status: 'in_progress', conclusion: null, completed_at: null });
    expect(wayLines(run, terminal(140), NOW)[0]).toMatch(/● started ╌╌ 30 s so far ╌╌ ◌ verdict$/);
  });
});

describe('a run', () => {
  test('jobs that could not be tested are not said to have failed, and a call is no job beside its own', () => {
    const jobs = [
      apiJob({ id: 1, name: 'call', conclusion: 'error', kind: 'call' } as Partial<ApiJob>),
      apiJob({
        id: 2,
        name: 'call / a',
        conclusion: 'error',
        reason: 'Set up: no Node 18',
        steps: [{ name: 'Set up', status: 'completed', conclusion: 'error' }],
      } as Partial<ApiJob>),
      apiJob({ id: 3, name: 'call / b' }),
    ];
    const lines = runLines({ ...apiRun({ conclusion: 'error' }), jobs } as ApiRunDetail, terminal(100), NOW);
    expect(lines[1]).toBe('  1 of 2 jobs could not be tested');
    // the step is named once
    expect(lines.find((line) => line.includes('! call / a'))?.match(/Set up/g)).toHaveLength(1);
  });

  test('a further execution is told where a runner was lost, not where a job was given back before it began', () => {
    const executions = (outcome: string) => ({
      executions: 2,
      execution_details: [
        { number: 1, runner: 'local-1', outcome, reason: null },
        { number: 2, runner: 'local-2', outcome: 'finished', reason: null },
      ],
    });
    const said = (outcome: string) => {
      const jobs = [apiJob(executions(outcome) as Partial<ApiJob>)];
      return runLines({ ...apiRun({}), jobs } as ApiRunDetail, terminal(120), NOW).join('\n');
    };
    expect(said('returned')).not.toContain('execution');
    expect(said('lost')).toContain('execution 2');
    expect(said('lost')).toContain('! execution 1: runner local-1 was lost; it was executed again');
  });

  const failing = (): ApiRunDetail => ({ ...apiRun({}), jobs: [apiJob({ conclusion: 'failure' })] });

  test('begins with its verdict, then says what the log says', () => {
    const lines = runLines(failing(), terminal(100), NOW, ['Error: 2 == 3']);
    expect(lines[0]).toBe('✗ failed  acme/web#3  CI  12 s');
    expect(lines.indexOf('    ▌ Error: 2 == 3')).toBeLessThan(lines.findIndex((line) => line.includes('✗ test')));
  });

  test.each(WIDTHS)('fits %d columns but for what has to be copied whole', (width) => {
    const run = { ...failing(), title: '日本語 '.repeat(40), reason: 'it was tried again and again '.repeat(8) };
    const workflow = 'All that has to be tested on each push';
    for (const line of runLines({ ...run, workflow, attempt: 2 }, terminal(width), NOW, ['x'.repeat(300)]))
      if (!/^ {2}page /.test(line)) expect(widthOf(line), line).toBeLessThanOrEqual(width);
  });
});

describe('what the log says of a failure', () => {
  test.each([
    'AssertionError [ERR_ASSERTION]: 2 == 3',
    'src/a.c:3:5: error: expected ;',
    'not ok 3 - keeps the basket',
    'sh: 1: frobnicate: not found',
    'E   assert 1 == 2',
    '--- FAIL: TestRetry (0.00s)',
    "#   Failed test 'adds'",
    'CartTest#test_total [/work/test/cart_test.rb:5]:',
    '1) App\\CartTest::testTotal',
    '1/2 Test #1: cart_total .......................***Failed    0.00 sec',
  ])('%j is a failure, for the terminal and for the page', (line) => {
    expect(isFailureLine(line)).toBe(true);
    // the page searches the bytes of a whole log
    const log = Buffer.from(`before\n${line}\r\nafter\n`).toString('latin1');
    expect(failurePattern().exec(log)?.index).toBeGreaterThanOrEqual('before\n'.length);
  });

  test.each(['0 errors', 'ok 1 - handles an error', 'errors are fine here', 'no failures'])('%j is none', (line) => {
    expect(isFailureLine(line)).toBe(false);
    expect(failurePattern().test(line)).toBe(false);
  });

  test('is the first line that looks like one, else the last ones; groups are left out', () => {
    const head = '##[group]Run it\nerror: in a script\n##[endgroup]\n';
    expect(tellingLines(`${head}fine\nTypeError: x\n  at y\n##[error]Process completed\n`)).toEqual([
      'TypeError: x',
      '  at y',
    ]);
    expect(tellingLines(`${head}one\ntwo\n`)).toEqual(['one', 'two']);
  });
});

describe('lists', () => {
  const waiting = (job: number) => ({
    ...{ job, run: 1, run_number: 1, repository: 'acme/web', name: `leg (${job})`, sha: 'a'.repeat(40), title: 'wide' },
    ...{ waiting_for: 'a free runner', queued_at: '2026-01-02T03:03:30.000Z' },
  });

  test('the queue folds the legs of a run that wait for the same, and never cuts a reason', () => {
    const lines = queueLines({ jobs: [1, 2, 3, 4, 5].map(waiting), total: 5 }, terminal(50), NOW);
    expect(lines[0]).toBe('5 jobs wait, the oldest for 1 m 00 s');
    expect(lines.slice(2)).toEqual([expect.stringContaining('leg (1) and 4 more'), '     a free runner']);
    expect(queueLines({ jobs: [1, 2, 3, 4, 5].map(waiting), total: 5 }, terminal(), NOW)).toHaveLength(5);
  });

  test('runners show a mark for each slot', () => {
    const runner = { name: 'big', labels: ['x64'], slots: 3, state: 'busy', host: 'vm', version: '1' };
    const lines = runnerLines([{ ...runner, executions: [{ job: 1 }] }], terminal(80), NOW);
    expect(lines).toEqual(['1 of 3 slots busy, 1 runner', '', 'big  ● busy  1/3  ■□□  x64  vm']);
  });

  test('slots that nothing is given to are not counted as free ones', () => {
    const common = { labels: [], slots: 3, host: 'vm', version: '1', executions: [] };
    const full = { low_disk: { folder: '/', free_bytes: 1, floor_bytes: 2 } };
    const all = [
      { ...common, name: 'a', state: 'busy', executions: [{ job: 1 }] },
      { ...common, name: 'b', state: 'draining', executions: [{ job: 2 }] },
      { ...common, ...full, name: 'c', state: 'idle' },
    ];
    expect(runnerLines(all, terminal(80), NOW)[0]).toBe('2 of 4 slots busy, 3 runners');
    expect(runnerLines(all.slice(2), terminal(80), NOW)[0]).toBe('no runner takes jobs, 1 runner');
  });

  test('broken repositories come first, with their mark', () => {
    const green = { id: 1, name: 'acme/a', sources: ['/a'] };
    const verdict = { ref: 'refs/heads/main', state: 'broken' as const, broken_since: null };
    const [, , gone] = repositoryLines(
      [green, { ...green, name: 'acme/c', git_dir: '/c', is_missing: true }],
      terminal(160),
    );
    expect(gone).toMatch(/^acme\/c: \/c is not there any more, .*"signalbox remove acme\/c"/);
    const lines = repositoryLines([green, { ...green, name: 'acme/b', verdict }], terminal(80));
    expect(lines.map((line) => line.split('  ')[0])).toEqual(['✗', '·']);
  });

  test('a long name of a repository is cut, and its verdict stays to be read', () => {
    const verdict = { ref: 'refs/heads/main', state: 'green' as const, since: '', broken_since: null };
    const [line = ''] = repositoryLines(
      [{ id: 1, name: 'acme/a-repository-with-a-long-name', sources: ['/a'], verdict }],
      terminal(40, { FORCE_COLOR: '1' }),
    );
    expect(line).toContain('main: green');
    expect(widthOf(line)).toBeLessThanOrEqual(40);
  });

  test.each(WIDTHS)('what is known of repositories fits %d columns', (width) => {
    const reuse = { runs: 0, saved_ms: 0, would_save_runs: 4, would_save_ms: 185_000 };
    const due = { workflow: 'Nightly of all that is slow', path: 'a', cron: '0 3 * * *', timezone: 'Europe/Berlin' };
    const schedules = [{ ...due, next_at: '2026-01-02T03:00:00.000Z' }];
    const facts = { id: 1, sources: ['/code/bad'], git_dir: '/code/bad', is_missing: true, reuse, schedules };
    const lines = repositoryLines([{ ...facts, name: 'local/bad' }], terminal(width));
    for (const line of lines) expect(widthOf(line), line).toBeLessThanOrEqual(width);
    expect(lines.join(' ').replace(/\s+/g, ' ')).toContain('would have saved 3 m 05 s in 4 runs');
  });

  test.each(WIDTHS)('what doctor finds fits %d columns', (width) => {
    const name = 'hook of acme/a-repository-with-a-long-name';
    const finding = { level: 'bad' as const, words: 'was taken away by somebody', remedy: 'signalbox install-hook .' };
    for (const line of findingLines(
      [
        { ...finding, name },
        { ...finding, name: 'git' },
      ],
      terminal(width),
    ))
      expect(widthOf(line), line).toBeLessThanOrEqual(width);
  });
});

describe('what is watched', () => {
  const running = (): ApiRunDetail => ({
    ...apiRun({ status: 'in_progress', conclusion: null, completed_at: null, title: '日本語 '.repeat(30) }),
    jobs: [apiJob({}), apiJob({ id: 2, name: 'lint', status: 'in_progress', conclusion: null, completed_at: null })],
  });

  test('says the time left by the median of the last successful runs of that workflow', () => {
    const took = (id: number, seconds: number, change = {}) =>
      apiRun({
        id,
        completed_at: new Date(Date.parse('2026-01-02T03:04:00.216Z') + seconds * 1000).toISOString(),
        ...change,
      });
    const runs = [took(1, 40), took(2, 20), took(3, 60), took(4, 900, { workflow: 'Nightly' })];
    expect(medianMs(runs, apiRun({}))).toBe(40_000);
    expect(medianMs([], apiRun({}))).toBeUndefined();
    const [head] = watchedLines([{ run: running(), expected: 40_000 }], terminal(160), NOW).slice(3);
    expect(head).toMatch(/^[◜◝◞◟] running {2}CI {2}30 s {3}━+╌+ {2}about 11 s left {2}1 of 2 jobs$/);
  });

  test('counts on past the estimate', () => {
    expect(leftWords(39_100, 40_000)).toBe('about 1 s left');
    expect(leftWords(60_000, 40_000)).toBe('over by 20 s');
    expect(leftWords(60_000, undefined)).toBe('');
  });

  test('is failing as soon as a job failed', () => {
    const run = running();
    const jobs = [apiJob({ conclusion: 'failure' }), ...run.jobs.slice(1)];
    expect(watchedLines([{ run: { ...run, jobs } }], terminal(160), NOW)[3]).toMatch(/^✗ failing {2}CI/);
  });

  test.each(WIDTHS)('stays within %d columns and the height of the screen when it is drawn', (width) => {
    let written = '';
    const output = { write: (text: string | Uint8Array) => (written += text), isTTY: true, columns: width, rows: 8 };
    const screen = new Terminal(output, output, { NO_COLOR: '1' });
    new LiveBlock(screen).draw(watchedLines([{ run: running(), expected: 40_000 }], screen, NOW));
    const lines = written.split('\n').map((line) => line.replace('\u001b[K', ''));
    expect(lines.length).toBeLessThanOrEqual(8);
    for (const line of lines.slice(0, -1)) expect(widthOf(line)).toBeLessThan(width);
  });

  test('is drawn over itself, and not at all when nothing changed', () => {
    const written: string[] = [];
    const output = {
      write: (text: string | Uint8Array) => written.push(String(text)),
      isTTY: true,
      columns: 80,
      rows: 24,
    };
    const block = new LiveBlock(new Terminal(output, output, {}));
    block.draw(['one', 'two']);
    block.draw(['one', 'two']);
    block.draw(['one']);
    expect(written).toEqual(['one\u001b[K\ntwo\u001b[K\n\u001b[J', '\r\u001b[2Aone\u001b[K\n\u001b[J']);
  });

  test('counts nothing into the way of a push that was started by hand at its commit later', () => {
    const later = { dispatched_at: '2026-01-02T04:00:00.000Z', completed_at: '2026-01-02T04:00:09.000Z' };
    const byHand = { ...apiRun({ event: 'workflow_dispatch', ...later }), jobs: [] };
    const run = { ...apiRun({ conclusion: 'success' }), jobs: [] };
    expect(endLines([byHand, run], new Map(), terminal(), NOW)[0]).toMatch(/ started ── 12 s ── ✓ passed$/);
  });

  test('ends with the way of the push, the verdict, and the line that tells why', () => {
    const run = { ...apiRun({}), jobs: [apiJob({ conclusion: 'failure' as const })] };
    expect(endLines([run], new Map([[run.id, ['Error: 2 == 3']]]), terminal(), NOW)).toEqual([
      '● committed ── ● received ── 22 ms ── ● dispatched ── 94 ms ── ● started ── 12 s ── ✗ failed',
      '',
      '✗ failed  acme/web#3  CI  12 s',
      '',
      '    ▌ Error: 2 == 3',
      '',
      '  page  http://127.0.0.1:8080/runs/9',
      '  log   signalbox logs --failed acme/web#3',
    ]);
  });
});
