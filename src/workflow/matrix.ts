import { equals } from '@actions/expressions/result';
import type { Json } from '../model/workflow.ts';
import { Converter, kindOf, numberText } from './expression-values.ts';

/** GitHub's limit on the jobs that one matrix makes. */
export const MAX_LEGS = 256;
/** Most combinations, times what each is compared with: the planning of others waits meanwhile. */
const MAX_COMPARISONS = 500_000;

type Mapping = { readonly [name: string]: Json };

/** One job of a matrix. */
export interface MatrixLeg {
  /** The `matrix` context. */
  readonly matrix: Mapping;
  /** What its name gets in parentheses: the values of its axes, not what `include` added to them. */
  readonly segments: readonly string[];
}

/** Raises an error in words; gives it the place. */
export type Refuse = (words: string) => never;

/**
 * The jobs of a matrix, by GitHub's rules: all combinations of the axes in the order of the file, without those that
 * `exclude` names; `include` extends the combinations whose axes it does not contradict, and makes jobs of its own
 * otherwise. Empty if everything was excluded: GitHub runs one job without a matrix then.
 * @param json value of `strategy.matrix`, evaluated.
 */
export function expandMatrix(json: Json, refuse: Refuse): readonly MatrixLeg[] {
  const mapping = asMapping(json) ?? refuse(`the matrix has to be a mapping, not ${kindOf(json)}`);
  const axes = axesOf(mapping, refuse);
  const axisNames = new Set(axes.map((axis) => axis.name.toLowerCase()));
  const includes = listOfMappings(mapping, 'include', refuse).map((entry) => toInclude(entry, axisNames));
  const excludes = listOfMappings(mapping, 'exclude', refuse);
  if (axes.length === 0 && includes.length === 0) refuse('Matrix must define at least one vector');
  for (const exclude of excludes) checkExclude(exclude, axisNames, refuse);
  checkSize(axes, includes.length + excludes.length, refuse);
  const kept = combinations(axes).filter((one) => !excludes.some((exclude) => fits(one, exclude)));
  const legs = kept.map((matrix) => extend(matrix, includes));
  for (const { axes: own, extra, isUsed } of includes) {
    if (!isUsed) legs.push(toLeg({ ...own, ...extra }, { ...own, ...extra }));
  }
  if (legs.length > MAX_LEGS) refuse(`the matrix makes ${legs.length} jobs; the limit is ${MAX_LEGS}`);
  return legs;
}

interface Axis {
  readonly name: string;
  readonly values: readonly Json[];
}

/** One entry of `include`, told apart into what names axes and what is added. */
interface Include {
  readonly axes: Mapping;
  readonly extra: Mapping;
  isUsed: boolean;
}

function axesOf(mapping: Mapping, refuse: Refuse): readonly Axis[] {
  const axes: Axis[] = [];
  for (const [name, values] of Object.entries(mapping)) {
    if (name === 'include' || name === 'exclude') continue;
    if (!Array.isArray(values)) refuse(`the matrix axis '${name}' has to be a list, not ${kindOf(values)}`);
    const list = values as readonly Json[];
    if (list.length === 0) refuse(`Matrix vector '${name}' does not contain any values`);
    axes.push({ name, values: list });
  }
  return axes;
}

function listOfMappings(mapping: Mapping, key: 'include' | 'exclude', refuse: Refuse): readonly Mapping[] {
  const list = Object.hasOwn(mapping, key) ? mapping[key] : [];
  if (!Array.isArray(list))
    return refuse(`${key} of the matrix has to be a list of mappings, not ${kindOf(list ?? null)}`);
  return (list as readonly Json[]).map((entry) => {
    const one = asMapping(entry) ?? refuse(`${key} of the matrix has to hold mappings, not ${kindOf(entry)}`);
    if (Object.keys(one).length === 0) {
      refuse(
        key === 'include'
          ? 'Matrix include mapping does not contain any values'
          : 'Matrix exclude filter must not be empty',
      );
    }
    return one;
  });
}

function toInclude(entry: Mapping, axisNames: ReadonlySet<string>): Include {
  const isAxis = ([name]: readonly [string, Json]) => axisNames.has(name.toLowerCase());
  const entries = Object.entries(entry);
  return {
    axes: Object.fromEntries(entries.filter(isAxis)),
    extra: Object.fromEntries(entries.filter((one) => !isAxis(one))),
    isUsed: false,
  };
}

function checkExclude(exclude: Mapping, axisNames: ReadonlySet<string>, refuse: Refuse): void {
  for (const name of Object.keys(exclude)) {
    if (!axisNames.has(name.toLowerCase()))
      refuse(`Matrix exclude key '${name}' does not match any key within the matrix`);
  }
}

function countOf(axes: readonly Axis[]): number {
  return axes.length === 0 ? 0 : axes.reduce((product, axis) => product * axis.values.length, 1);
}

/** Counts before anything is made. */
function checkSize(axes: readonly Axis[], filters: number, refuse: Refuse): void {
  const count = countOf(axes);
  const isTooMuch = count * (axes.length + filters) > MAX_COMPARISONS;
  if (isTooMuch) refuse(`the matrix has ${count} combinations; the limit is ${MAX_LEGS} jobs`);
  if (count === 0 && filters > MAX_LEGS) refuse(`the matrix makes ${filters} jobs; the limit is ${MAX_LEGS}`);
}

/** The first axis changes slowest. */
function combinations(axes: readonly Axis[]): readonly Mapping[] {
  const count = countOf(axes);
  return Array.from({ length: count }, (_, index) => {
    let block = count;
    const entries = axes.map(({ name, values }): [string, Json] => {
      block /= values.length;
      return [name, values[Math.floor(index / block) % values.length] ?? null];
    });
    return Object.fromEntries(entries);
  });
}

function extend(matrix: Mapping, includes: readonly Include[]): MatrixLeg {
  let extra: Mapping = {};
  for (const include of includes) {
    if (!fits(matrix, include.axes)) continue;
    include.isUsed = true;
    extra = { ...extra, ...include.extra };
  }
  return toLeg({ ...matrix, ...extra }, matrix);
}

function toLeg(matrix: Mapping, named: Mapping): MatrixLeg {
  return { matrix, segments: leaves(named).filter((segment) => segment !== '') };
}

/** Is every leaf of the filter what the matrix has at its place? Compared as `==` does it. */
function fits(matrix: Json, filter: Json): boolean {
  if (typeof filter !== 'object' || filter === null) {
    if (matrix === filter) return !Number.isNaN(filter);
    const converter = new Converter();
    return equals(converter.toValue(matrix), converter.toValue(filter));
  }
  return Object.entries(filter).every(([key, part]) => fits(partOf(matrix, key), part));
}

function partOf(json: Json, key: string): Json {
  if (typeof json !== 'object' || json === null) return null;
  const name = Object.hasOwn(json, key)
    ? key
    : Object.keys(json).find((one) => one.toLowerCase() === key.toLowerCase());
  return name === undefined ? null : ((json as Mapping)[name] ?? null);
}

/** All that is no mapping, no list and not null, as text, in order. */
function leaves(json: Json): readonly string[] {
  if (json === null) return [];
  if (typeof json === 'object') return Object.values(json).flatMap(leaves);
  return [typeof json === 'number' ? numberText(json) : String(json)];
}

function asMapping(json: Json): Mapping | undefined {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Mapping) : undefined;
}
