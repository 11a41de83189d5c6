import { expect, test } from 'vitest';
import { type Fold, Rows } from '../../web/src/log/folds.ts';
import { foldsOf, type Outline, type OutlineStep } from '../../web/src/log/outline.ts';
import { moved, roomPerRow, windowAround } from '../../web/src/log/scroll-window.ts';

const fold = (id: string, from: number, to: number, more: Partial<Fold> = {}): Fold => ({
  ...{ id, title: id, note: '', from, to, isOpen: false, inner: [] },
  ...more,
});

function listed(rows: Rows): string[] {
  return Array.from({ length: rows.count }, (_, at) => {
    const row = rows.at(at);
    return row?.kind === 'fold' ? row.fold.id : String(row?.line);
  });
}

test('a fold is one row, and what is open in it has rows of its own', () => {
  const rows = new Rows(8, [fold('a', 1, 3), fold('b', 4, 7, { isOpen: true, inner: [fold('c', 5, 6)] })]);
  expect(listed(rows)).toEqual(['a', 'b', '4', 'c', '7', '8']);
});

test('the row of a group stands for the line that begins it', () => {
  const rows = new Rows(5, [fold('group', 2, 4, { isHead: true, isOpen: true })]);
  expect(listed(rows)).toEqual(['1', 'group', '3', '4', '5']);
  expect([1, 2, 3].map((line) => rows.indexOf(line))).toEqual([0, 1, 2]);
});

test('a line is found where it is, or at the fold that hides it', () => {
  const rows = new Rows(8, [fold('a', 1, 3), fold('b', 4, 7, { isOpen: true, inner: [fold('c', 5, 6)] })]);
  expect([1, 3, 4, 5, 6, 7, 8].map((line) => rows.indexOf(line))).toEqual([0, 0, 2, 3, 3, 4, 5]);
});

test('rows of a log of a million lines are ranges', () => {
  const rows = new Rows(1_000_000, [fold('a', 1, 10)]);
  expect(rows.count).toBe(999_991);
  expect(rows.at(999_990)).toEqual({ kind: 'line', line: 1_000_000 });
  expect(rows.indexOf(500_000)).toBe(499_990);
});

const at = '2026-01-01T00:00:00.000Z';
const step = (index: number, conclusion: OutlineStep['conclusion']): OutlineStep => ({
  ...{ index, name: `step ${index}`, status: conclusion === null ? 'in_progress' : 'completed', conclusion },
  ...{ started_at: at, completed_at: conclusion === null ? null : '2026-01-01T00:00:21.000Z' },
});
const outline = (more: Partial<Outline>): Outline => ({
  ...{ total_lines: 300, bytes: 1, is_complete: true, failures: [], first_failure: null },
  ...{ groups: [], steps: [], ...more },
});
const flat = (folds: readonly Fold[]): string[] =>
  folds.flatMap((one) => [`${one.isOpen ? '-' : '+'}${one.title}|${one.note}`, ...flat(one.inner)]);

test('the step that failed is open, those before it say lines and time, and a long stretch without a failure is folded', () => {
  const steps = [step(0, 'success'), step(1, 'failure')];
  const known = outline({
    steps: [
      { index: 0, line: 1 },
      { index: 1, line: 25 },
    ],
    groups: [{ line: 25, end: 28, lines: 2, title: 'Run npm test' }],
    first_failure: 200,
  });
  expect(flat(foldsOf(known, steps, () => undefined))).toEqual([
    '+step 0|24 lines, 21 s',
    '-step 1|276 lines, 21 s',
    '+Run npm test|2 lines',
    '+|166 lines without a failure',
  ]);
});

test('what was said before the first step is folded as soon as that begins', () => {
  const groups = [{ line: 1, end: 9, lines: 7, title: 'Set up \u001b[1mjob\u001b[0m' }];
  const begun = outline({ groups, steps: [{ index: 0, line: 10 }] });
  expect(flat(foldsOf(outline({ groups }), [], () => undefined))).toEqual(['-Set up job|7 lines']);
  expect(flat(foldsOf(begun, [step(0, null)], () => undefined))).toEqual(['+Set up job|7 lines', '-step 0|291 lines']);
});

test('a group that nothing has ended yet has all lines after its first', () => {
  const known = outline({ total_lines: 4, groups: [{ line: 1, end: null, lines: null, title: 'Set up job' }] });
  expect(flat(foldsOf(known, [], () => undefined))).toEqual(['-Set up job|3 lines']);
});

test('of a job that runs the step that runs is open', () => {
  const steps = [step(0, 'success'), step(1, null)];
  const known = outline({
    steps: [
      { index: 0, line: 1 },
      { index: 1, line: 301 },
    ],
  });
  expect(flat(foldsOf(known, steps, () => undefined))).toEqual(['+step 0|300 lines, 21 s', '-step 1|no output yet']);
});

test('what somebody opened stays open', () => {
  const known = outline({ steps: [{ index: 0, line: 1 }] });
  const folds = foldsOf(known, [step(0, 'success')], (id) => (id === 'step-0' ? false : undefined));
  expect(folds.map(({ isOpen }) => isOpen)).toEqual([false]);
});

test('the window follows what is in sight, and jumps when somebody takes the scroll bar', () => {
  const now = windowAround(1_000, 10_000);
  expect(now).toEqual({ top: 900, end: 1_200 });
  const at = (scrollTop: number) => ({ scrollTop, clientHeight: 600, windowTop: 900 * 20, windowBottom: 1_200 * 20 });
  expect(moved(now, at(1_030 * 20), 10_000, 20)).toBe(now);
  expect(moved(now, at(1_150 * 20), 10_000, 20)).toEqual({ top: 1_050, end: 1_350 });
  expect(moved(now, at(910 * 20), 10_000, 20)).toEqual({ top: 750, end: 1_050 });
  expect(moved(now, at(5_000 * 20), 10_000, 20)).toEqual({ top: 4_900, end: 5_200 });
  expect(moved(now, at(0), 10_000, 20)).toEqual({ top: 0, end: 300 });
});

test('a log of millions of lines is no higher than a browser can draw', () => {
  expect(roomPerRow(19, 1_000)).toBe(19);
  expect(roomPerRow(19, 2_000_000)).toBe(4);
});
