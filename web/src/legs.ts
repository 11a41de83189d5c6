import type { RunDetailJson } from '../../src/web/run-detail.ts';

type Job = RunDetailJson['jobs'][number];
/** A job as far as a matrix tells it from others. */
export type Leg = Pick<Job, 'id' | 'name' | 'parent' | 'definition' | 'matrix' | 'conclusion'>;

/** Jobs that are named one by one. */
const MAX_NAMED = 3;

/** A value of an axis in words: `postgres`, `node 24`, `coverage true`. */
export function valueWords(axis: string, value: unknown): string {
  if (typeof value === 'string' && !/^[\d.]+(?:[.x]*)$/.test(value)) return value;
  return `${axis} ${textOf(value)}`;
}

/** A value of an axis as text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The axes of a matrix that make a difference, in the order of the file. */
export function axesOf(legs: readonly Pick<Leg, 'matrix'>[]): readonly string[] {
  const names = [...new Set(legs.flatMap(({ matrix }) => Object.keys(matrix ?? {})))];
  return names.filter((name) => valuesOf(legs, name).length > 1);
}

/** The values of an axis, as they come. */
export function valuesOf(legs: readonly Pick<Leg, 'matrix'>[], axis: string): readonly string[] {
  return [...new Set(legs.map(({ matrix }) => textOf(matrix?.[axis] ?? null)))];
}

/**
 * What the jobs that failed have in common and no job that passed has, if there are several: `postgres`. Undefined where
 * the matrix does not show it.
 */
export function commonWords(failed: readonly Leg[], all: readonly Leg[]): string | undefined {
  const [first] = failed;
  if (first === undefined || failed.length < 2 || failed.some((leg) => !isSibling(leg, first))) return undefined;
  const legs = all.filter((leg) => isSibling(leg, first));
  const passed = legs.filter(({ conclusion }) => conclusion === 'success');
  const shared = axesOf(legs).filter((axis) => valuesOf(failed, axis).length === 1);
  const has = (leg: Leg, axis: string) => textOf(leg.matrix?.[axis] ?? null) === textOf(first.matrix?.[axis] ?? null);
  const telling = shared.filter((axis) => passed.some((leg) => !has(leg, axis)));
  if (telling.length === 0 || passed.some((leg) => telling.every((axis) => has(leg, axis)))) return undefined;
  return telling.map((axis) => valueWords(axis, first.matrix?.[axis])).join(' and ');
}

/** Which jobs: `all 6 of unit`, `node 20, 22, 24 with postgres`, `lint and build`, `lint, build, e2e and 4 more`. */
export function legsWords(some: readonly Leg[], all: readonly Leg[]): string {
  const [first] = some;
  if (first === undefined) return '';
  const legs = all.filter((leg) => isSibling(leg, first));
  if (legs.length > 1 && some.every((leg) => isSibling(leg, first))) {
    if (some.length === legs.length) return `all ${legs.length} of ${baseName(first)}`;
    const words = productWords(some, legs);
    if (words !== undefined) return words;
  }
  const names = some.slice(0, MAX_NAMED).map(({ name }) => name);
  if (some.length > MAX_NAMED) return `${names.join(', ')} and ${some.length - MAX_NAMED} more`;
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? '');
}

/** Where they are all combinations of some values: the axes with several of them, `with` those with one. */
function productWords(some: readonly Leg[], legs: readonly Leg[]): string | undefined {
  const axes = axesOf(legs);
  const values = new Map(axes.map((axis) => [axis, valuesOf(some, axis)]));
  const combinations = [...values.values()].reduce((product, of) => product * of.length, 1);
  if (axes.length === 0 || combinations !== some.length) return undefined;
  const several = axes.filter((axis) => (values.get(axis)?.length ?? 0) > 1);
  const single = axes.filter((axis) => values.get(axis)?.length === 1);
  const ones = single.map((axis) => valueWords(axis, some[0]?.matrix?.[axis]));
  const many = several.map((axis) => `${axis} ${values.get(axis)?.join(', ')}`);
  if (many.length === 0) return ones.length > 1 ? `${ones.slice(0, -1).join(', ')} with ${ones.at(-1)}` : ones[0];
  return ones.length === 0 ? many.join(' and ') : `${many.join(' and ')} with ${ones.join(' and ')}`;
}

/** Are they of one matrix? */
export function isSibling(a: Leg, b: Leg): boolean {
  return a.definition !== null && a.definition === b.definition && a.parent === b.parent && a.matrix !== null;
}

/** `unit` of `unit (20, postgres)`. */
export function baseName({ name, matrix }: Pick<Leg, 'name' | 'matrix'>): string {
  return matrix === null ? name : name.replace(/ \([^()]*\)$/, '') || name;
}
