import type { RunDetailJson } from '../../../src/web/run-detail.ts';
import { axesOf, baseName, textOf, valuesOf } from '../legs.ts';
import { count, lampOf, wordOf } from '../words.ts';
import type { GraphNode } from './layout.ts';

export type Job = RunDetailJson['jobs'][number];

/** Jobs that are listed in one box; more are folded, the worst first. */
const MAX_LISTED = 14;
const LISTED_OF_MANY = 10;
/** A table of a matrix has no more columns and rows than these. */
const MAX_COLUMNS = 6;
const MAX_ROWS = 12;
/** Jobs beside each other that need the same and are needed by the same, and that become one box. */
const MAX_BESIDE = 12;
/** Heights as in `run.css`, in pixels. */
const HEIGHT = { job: 30, frame: 14, title: 24, head: 22, row: 30, entry: 26 } as const;
/** Width of a letter, and of what stands beside a name; in pixels. */
const LETTER = 7;
const BESIDE_NAME = 114;
const CELL = 112;
/** The first column of a table; as in `run.css`. */
const MAX_HEAD = 186;

/** A table of the axes of a matrix. `null`: there is no such leg. */
export interface MatrixTable {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly name: string; readonly jobs: readonly (Job | null)[] }[];
}

/** A box of the graph: one job, or several in a frame with a title. */
export interface JobNode extends GraphNode {
  readonly title: string;
  readonly jobs: readonly Job[];
  readonly table?: MatrixTable;
  /** Those of `jobs` that are listed, with their names there; empty for a single job and for a table. */
  readonly listed: readonly { readonly job: Job; readonly name: string }[];
  /** What is not listed, in words; and what became of all of them. */
  readonly more?: string;
  readonly counts?: string;
  readonly isFramed: boolean;
}

/** The jobs of a run as boxes: a matrix is one, a call of a reusable workflow is one with the jobs in it. */
export function jobNodes(jobs: readonly Job[]): readonly JobNode[] {
  const groups = new Map<string, Job[]>();
  for (const job of jobs.filter(({ parent }) => parent === null)) {
    const id = job.definition ?? job.key;
    groups.set(id, [...(groups.get(id) ?? []), job]);
  }
  const nodes = [...groups].map(([id, legs]) => nodeOf(id, legs, jobs));
  return besideEachOther(nodes);
}

function nodeOf(id: string, legs: readonly Job[], all: readonly Job[]): JobNode {
  const [first] = legs;
  const needs = first?.needs ?? [];
  const title = first === undefined ? id : legs.length > 1 ? baseName(first) : first.name;
  const called = legs.flatMap((leg) => (leg.kind === 'call' ? childrenOf(leg, all) : []));
  if (called.length > 0) {
    const names = called.map((job) => ({ job, name: withoutPrefix(job.name, title) }));
    return framed(id, needs, title, names);
  }
  if (legs.length === 1) return single(id, needs, title, legs);
  const table = tableOf(legs);
  if (table !== undefined) return tabled(id, needs, title, legs, table);
  return framed(
    id,
    needs,
    title,
    legs.map((job) => ({ job, name: legName(job) })),
  );
}

function single(id: string, needs: readonly string[], title: string, jobs: readonly Job[]): JobNode {
  const size = { width: clamp(150, title.length * LETTER + BESIDE_NAME, 290), height: HEIGHT.job };
  return { id, needs, title, jobs, listed: [], isFramed: false, ...size };
}

function tabled(id: string, needs: readonly string[], title: string, jobs: readonly Job[], table: MatrixTable) {
  const head = Math.min(MAX_HEAD, Math.max(...table.rows.map(({ name }) => name.length)) * LETTER + 16);
  const width = 20 + head + table.columns.length * CELL;
  const height = HEIGHT.frame + HEIGHT.title + HEIGHT.head + table.rows.length * HEIGHT.row;
  return { id, needs, title, jobs, table, listed: [], isFramed: true, width, height };
}

function framed(
  id: string,
  needs: readonly string[],
  title: string,
  entries: readonly { readonly job: Job; readonly name: string }[],
): JobNode {
  const sorted = [...entries].sort((a, b) => badness(a.job) - badness(b.job));
  const listed = entries.length <= MAX_LISTED ? entries : sorted.slice(0, LISTED_OF_MANY);
  const rest = entries.length <= MAX_LISTED ? [] : sorted.slice(LISTED_OF_MANY).map(({ job }) => job);
  const jobs = sorted.map(({ job }) => job);
  const more = rest.length === 0 ? {} : { more: `${count(rest.length)} more: ${countsWords(rest)}` };
  const counts = rest.length === 0 ? {} : { counts: countsWords(jobs) };
  const head = title.length + (counts.counts ?? '').length - 8;
  const lines = listed.length + (rest.length > 0 ? 1 : 0);
  const longest = Math.max(head, (more.more ?? '').length - 10, ...listed.map(({ name }) => name.length));
  return {
    ...{ id, needs, title, jobs: entries.map(({ job }) => job), listed, ...more, ...counts, isFramed: true },
    width: clamp(180, longest * LETTER + BESIDE_NAME + 16, 320),
    height: HEIGHT.frame + HEIGHT.title + lines * HEIGHT.entry,
  };
}

/** Many single jobs that need the same and are needed by the same become one box. */
function besideEachOther(nodes: readonly JobNode[]): readonly JobNode[] {
  const neededBy = new Map<string, string[]>();
  for (const { id, needs } of nodes) for (const need of needs) neededBy.set(need, [...(neededBy.get(need) ?? []), id]);
  const alike = new Map<string, JobNode[]>();
  for (const node of nodes.filter(({ isFramed }) => !isFramed)) {
    const key = JSON.stringify([[...node.needs].sort(), neededBy.get(node.id) ?? []]);
    alike.set(key, [...(alike.get(key) ?? []), node]);
  }
  const names = new Map<string, string>();
  const merged = new Map<string, JobNode>();
  for (const group of alike.values()) {
    const [first] = group;
    if (first === undefined || group.length <= MAX_BESIDE) continue;
    for (const { id } of group) names.set(id, first.id);
    const jobs = group.flatMap((node) => node.jobs.map((job) => ({ job, name: job.name })));
    merged.set(first.id, framed(first.id, first.needs, count(jobs.length, 'job'), jobs));
  }
  const kept = nodes.filter(({ id }) => !names.has(id) || names.get(id) === id);
  return kept.map((node) => {
    const one = merged.get(node.id) ?? node;
    return { ...one, needs: [...new Set(one.needs.map((need) => names.get(need) ?? need))] };
  });
}

/** The axis with most values that still fit is across, all others are down. */
function tableOf(legs: readonly Job[]): MatrixTable | undefined {
  const axes = axesOf(legs);
  if (axes.length < 2 || legs.some(({ matrix }) => matrix === null)) return undefined;
  const fitting = axes.filter((axis) => valuesOf(legs, axis).length <= MAX_COLUMNS);
  const [across] = fitting.sort((a, b) => valuesOf(legs, b).length - valuesOf(legs, a).length);
  if (across === undefined) return undefined;
  const down = axes.filter((axis) => axis !== across);
  const columns = valuesOf(legs, across);
  const rows = new Map<string, Job[]>();
  for (const leg of legs) {
    const name = down.map((axis) => textOf(leg.matrix?.[axis] ?? '–')).join(', ');
    rows.set(name, [...(rows.get(name) ?? []), leg]);
  }
  if (rows.size > MAX_ROWS) return undefined;
  const at = (ofRow: readonly Job[], value: string) =>
    ofRow.filter((leg) => textOf(leg.matrix?.[across] ?? null) === value);
  const isExact = [...rows.values()].every((ofRow) => columns.every((value) => at(ofRow, value).length <= 1));
  if (!isExact) return undefined;
  return {
    columns: columns.map((value) => `${across} ${value}`),
    rows: [...rows].map(([name, ofRow]) => ({ name, jobs: columns.map((value) => at(ofRow, value)[0] ?? null) })),
  };
}

/** The jobs in a call, and in the calls in it. */
function childrenOf(call: Job, all: readonly Job[]): readonly Job[] {
  return all
    .filter(({ parent }) => parent === call.id)
    .flatMap((job) => {
      const below = job.kind === 'call' ? childrenOf(job, all) : [];
      return below.length > 0 ? below : [job];
    });
}

function legName(job: Job): string {
  return /\(([^()]*)\)$/.exec(job.name)?.[1] ?? job.name;
}

function withoutPrefix(name: string, caller: string): string {
  return name.startsWith(`${caller} / `) ? name.slice(caller.length + 3) : name;
}

const WORST = ['failure', 'timed_out', 'error', 'in_progress', 'queued', 'cancelled', 'success', 'skipped'];

function badness(job: Job): number {
  return WORST.indexOf(lampOf(job.status, job.conclusion));
}

/** `240 passed, 2 waiting`. */
export function countsWords(jobs: readonly Job[]): string {
  const counts = new Map<string, number>();
  for (const job of jobs) {
    const lamp = job.retried && job.conclusion === 'success' ? 'retried' : lampOf(job.status, job.conclusion);
    counts.set(wordOf(lamp), (counts.get(wordOf(lamp)) ?? 0) + 1);
  }
  return [...counts].map(([word, number]) => `${count(number)} ${word}`).join(', ');
}

/** Has the run come to it? What was skipped, or cancelled before it began, was not reached. */
export function isReached({ jobs }: JobNode): boolean {
  return jobs.some((job) => job.started_at !== null || (job.status !== 'completed' && job.status !== 'queued'));
}

function clamp(min: number, value: number, max: number): number {
  return Math.round(Math.min(max, Math.max(min, value)));
}
