import type { RunRecord, Store } from '../store/store.ts';
import { count } from './words.ts';

/** How many runs of a repository are looked at to say since when it is broken. */
const LOOKED_AT = 50;
/** Branches that count before others, where there is one. */
const DEFAULT_REFS = ['refs/heads/main', 'refs/heads/master', 'refs/heads/trunk'];

/** What is true of a repository's main branch now. */
export interface RepositoryVerdict {
  readonly repository: string;
  readonly state: 'green' | 'broken' | 'untested';
  /** The oldest of the newest runs without a pass in between; of a green one the newest. */
  readonly since: RunRecord;
}

/** The verdicts of all repositories that have one; read anew only after something happened. */
export class Verdicts {
  readonly #store: Pick<Store, 'repositories' | 'runs' | 'lastEvent'>;
  #known: { readonly event: number; readonly verdicts: Promise<readonly RepositoryVerdict[]> } | undefined;

  constructor(store: Pick<Store, 'repositories' | 'runs' | 'lastEvent'>) {
    this.#store = store;
  }

  /** In the order of the repositories. */
  async all(): Promise<readonly RepositoryVerdict[]> {
    const event = await this.#store.lastEvent();
    if (this.#known?.event !== event) this.#known = { event, verdicts: this.#read() };
    return this.#known.verdicts;
  }

  async #read(): Promise<readonly RepositoryVerdict[]> {
    const verdicts: RepositoryVerdict[] = [];
    for (const { name } of await this.#store.repositories()) {
      const verdict = verdictOf(await this.#store.runs({ repository: name, limit: LOOKED_AT }));
      if (verdict !== undefined) verdicts.push(verdict);
    }
    return verdicts;
  }
}

/** The verdict of the main branch from the newest runs of a repository, newest first. */
export function verdictOf(runs: readonly RunRecord[]): RepositoryVerdict | undefined {
  const ref = DEFAULT_REFS.find((one) => runs.some((run) => run.ref === one)) ?? runs[0]?.ref;
  const verdicts = runs.filter((run) => run.ref === ref && stateOf(run) !== undefined);
  const [newest] = verdicts;
  if (newest === undefined) return undefined;
  const state = stateOf(newest) ?? 'green';
  const firstPass = verdicts.findIndex((run) => run.conclusion === 'success');
  const since = state === 'green' ? newest : verdicts[firstPass < 0 ? verdicts.length - 1 : firstPass - 1];
  return { repository: newest.repository, state, since: since ?? newest };
}

function stateOf({ conclusion }: RunRecord): RepositoryVerdict['state'] | undefined {
  if (conclusion === 'success') return 'green';
  if (conclusion === 'failure' || conclusion === 'timed_out') return 'broken';
  return conclusion === 'error' ? 'untested' : undefined;
}

/** The first thing to be read: `checkout-web is broken`, `All 12 repositories are green`. */
export function sentenceOf(verdicts: readonly RepositoryVerdict[]): string {
  const broken = verdicts.filter(({ state }) => state === 'broken');
  const untested = verdicts.filter(({ state }) => state === 'untested');
  const [first] = verdicts;
  if (first === undefined) return 'No verdict yet';
  if (broken.length === 0 && untested.length === 0)
    return verdicts.length === 1
      ? `${first.repository} is green`
      : `All ${count(verdicts.length, 'repository', 'repositories')} are green`;
  const parts = [
    ...tell(broken, 'is broken', 'are broken'),
    ...tell(untested, 'could not be tested', 'could not be tested'),
  ];
  return parts.join(', ');
}

function tell(verdicts: readonly RepositoryVerdict[], one: string, many: string): string[] {
  const [first] = verdicts;
  if (first === undefined) return [];
  if (verdicts.length === 1) return [`${first.repository} ${one}`];
  return [`${count(verdicts.length, 'repository', 'repositories')} ${many}`];
}
