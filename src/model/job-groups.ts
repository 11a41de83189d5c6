import type { GraphFacts, JobFacts } from './job-facts.ts';

/** The jobs of a run, by what they need to know of each other. */
export class JobGroups {
  readonly #groups = new Map<string, JobFacts[]>();
  readonly #children = new Map<string, JobFacts[]>();
  readonly #active = new Map<string, number>();

  constructor(jobs: readonly JobFacts[]) {
    for (const job of jobs) {
      const { parent, definition } = job.graph ?? { parent: '', definition: job.key };
      append(this.#groups, nameOf(parent, definition), job);
      if (parent !== '') append(this.#children, parent, job);
    }
  }

  /** Are all jobs of a group over? A group that is not there does not hold anybody up. */
  isOver(parent: string, definition: string): boolean {
    return this.#groups.get(nameOf(parent, definition))?.every(({ state }) => state.status === 'completed') ?? true;
  }

  /** Can a found job that needs this one never run? */
  hasEndedBadly(key: string): boolean {
    const state = this.#groups.get(nameOf('', key))?.[0]?.state;
    return state === undefined || (state.status === 'completed' && state.conclusion !== 'success');
  }

  /** Of a call that began: the jobs of its workflow. */
  childrenOf({ key }: JobFacts): readonly JobFacts[] {
    return this.#children.get(key) ?? [];
  }

  /** Groups of several legs that end together. */
  matrices(): readonly (readonly JobFacts[])[] {
    return [...this.#groups.values()].filter((legs) => legs.length > 1 && legs[0]?.graph?.failFast === true);
  }

  /** What has to end so that a leg ends: itself, or the jobs of the workflow that it called. */
  endable(leg: JobFacts): readonly JobFacts[] {
    if (leg.state.status === 'completed' || leg.state.status === 'cancelling') return [];
    const children = this.childrenOf(leg);
    return children.length === 0 ? [leg] : children.flatMap((child) => this.endable(child));
  }

  /** Takes one of the places of a group (`max-parallel`). False: all are taken. */
  takePlace({ parent, definition, maxParallel }: GraphFacts): boolean {
    if (maxParallel === null) return true;
    const name = nameOf(parent, definition);
    const active = this.#active.get(name) ?? this.#countActive(name);
    if (active >= maxParallel) return false;
    this.#active.set(name, active + 1);
    return true;
  }

  #countActive(name: string): number {
    return (this.#groups.get(name) ?? []).filter((job) => this.#isActive(job)).length;
  }

  #isActive(job: JobFacts): boolean {
    if (job.state.status === 'completed') return false;
    if (job.state.status !== 'waiting') return true;
    return job.graph?.turn === 'pending' || job.graph?.turn === 'held' || this.childrenOf(job).length > 0;
  }
}

function nameOf(parent: string, definition: string): string {
  return `${parent}\n${definition}`;
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
