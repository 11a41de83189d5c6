import { describe, expect, test } from 'vitest';
import { type GraphNode, layOut } from '../../web/src/graph/layout.ts';
import { commonWords, type Leg, legsWords } from '../../web/src/legs.ts';

const box = (id: string, needs: readonly string[] = [], height = 30): GraphNode => ({ id, needs, width: 100, height });
/** `[column, y]` of each box. */
const placesOf = (nodes: readonly GraphNode[]) =>
  Object.fromEntries(
    layOut(nodes).columns.flatMap((column, at) => column.nodes.map(({ id, y }) => [id, [at, y] as const])),
  );

describe('the layout of jobs', () => {
  test('puts each job into the column of the longest way to it', () => {
    const places = placesOf([box('a'), box('b', ['a']), box('c', ['b', 'a']), box('d')]);
    expect(Object.entries(places).map(([id, [column]]) => `${id}${column}`)).toEqual(['a0', 'd0', 'b1', 'c2']);
  });

  test('draws no line to what is needed through another job anyway', () => {
    const { lines } = layOut([box('a'), box('b', ['a']), box('c', ['b', 'a'])]);
    expect(lines.map(({ from, to }) => from + to)).toEqual(['ab', 'bc']);
  });

  test('runs level where it can, and turns at 45 degrees where it cannot', () => {
    expect(layOut([box('a'), box('b', ['a'])]).lines).toEqual([{ from: 'a', to: 'b', path: 'M100 15H146' }]);
    const { lines } = layOut([box('a'), box('b', ['a']), box('c', ['a'])]);
    for (const { path } of lines)
      for (const [, x1, y1, x2, y2] of path.matchAll(/[HL]?(-?[\d.]+)(?: (-?[\d.]+))?L(-?[\d.]+) (-?[\d.]+)/g))
        if (y1 !== undefined) expect(Math.abs(Number(x2) - Number(x1))).toBe(Math.abs(Number(y2) - Number(y1)));
    expect(lines.every(({ path }) => path.includes('L'))).toBe(true);
  });

  test('leads a line past the boxes of a column that it does not stop at', () => {
    const nodes = [
      box('lint'),
      box('build'),
      box('unit', ['build'], 120),
      box('e2e', ['unit']),
      box('ship', ['e2e', 'lint']),
    ];
    const { columns, lines } = layOut(nodes);
    const unit = columns[1]?.nodes[0];
    const level = Number(/M\d+ (\d+)/.exec(lines.find(({ from }) => from === 'lint')?.path ?? '')?.[1]);
    expect(unit && (level < unit.y || level > unit.y + 120)).toBe(true);
  });

  test.each([1, 60, 250])('of %i jobs overlaps nothing, and is ready soon', (count) => {
    const nodes = Array.from({ length: count }, (_, at) =>
      box(`${at}`, at < 8 ? [] : [`${at % 8}`, `${Math.floor(at / 2)}`]),
    );
    const startedMs = performance.now();
    const { columns, height } = layOut(nodes);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    for (const { nodes: placed } of columns)
      for (const [at, { y }] of placed.entries()) {
        expect(y).toBeGreaterThanOrEqual(at === 0 ? 0 : (placed[at - 1]?.y ?? 0) + 30);
        expect(y + 30).toBeLessThanOrEqual(height + 1);
      }
  });

  test('survives jobs that need each other, themselves, or what is not there', () => {
    expect(Object.keys(placesOf([box('a', ['b']), box('b', ['a']), box('c', ['c', 'gone'])]))).toHaveLength(3);
    expect(layOut([])).toMatchObject({ width: 0, height: 0, lines: [] });
  });
});

describe('words for the legs of a matrix', () => {
  const legs = ['20', '22', '24'].flatMap((node) =>
    ['sqlite', 'postgres'].map(
      (db, at): Leg => ({
        ...{ id: Number(node) * 10 + at, name: `unit (${node}, ${db})`, parent: null, definition: 'unit' },
        matrix: { node: Number(node), db },
        conclusion: db === 'postgres' ? 'failure' : 'success',
      }),
    ),
  );
  const failed = legs.filter(({ conclusion }) => conclusion === 'failure');
  const lint: Leg = { id: 1, name: 'lint', parent: null, definition: 'lint', matrix: null, conclusion: 'success' };

  test('name what all that failed have in common, and nothing that passed has', () => {
    expect(commonWords(failed, [lint, ...legs])).toBe('postgres');
    expect(commonWords(failed.slice(0, 2), legs)).toBe('postgres');
    expect(commonWords([...failed, lint], legs)).toBeUndefined();
    expect(commonWords(failed.slice(0, 1), legs)).toBeUndefined();
    const half = legs.map((leg) => ({ ...leg, conclusion: leg.id === 201 ? ('success' as const) : leg.conclusion }));
    expect(
      commonWords(
        half.filter(({ conclusion }) => conclusion === 'failure'),
        half,
      ),
    ).toBeUndefined();
  });

  test('tell several of them together', () => {
    expect(legsWords(failed, legs)).toBe('node 20, 22, 24 with postgres');
    expect(legsWords(legs, legs)).toBe('all 6 of unit');
    expect(legsWords(failed.slice(0, 1), legs)).toBe('node 20 with postgres');
    expect(legsWords([lint], [lint, ...legs])).toBe('lint');
    expect(legsWords([lint, ...failed], legs)).toBe('lint, unit (20, postgres), unit (22, postgres) and 1 more');
  });
});
