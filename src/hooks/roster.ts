import PQueue from 'p-queue';
import type { WireRepository } from '../protocol/wire-repository.ts';
import { messageOf } from '../support/ci-error.ts';
import type { QueuedPush, TipMove } from './delivery.ts';
import { KnownRepositories } from './known-repositories.ts';
import { REMOVED } from './lane-rules.ts';
import type { SourceState } from './lookout.ts';
import { NEWCOMER, Newcomers } from './newcomers.ts';
import { ObservedRepository, type SharedParts } from './observed-repository.ts';
import { observedSources } from './source-kind.ts';

/** All repositories, as the dispatcher tells of them, with what looks at each. */
export class Roster {
  readonly #parts: SharedParts;
  readonly #known = new KnownRepositories();
  readonly #observed = new Map<number, ObservedRepository>();
  readonly #newcomers: Newcomers;
  /** Lists are taken one after the other. */
  readonly #changes = new PQueue({ concurrency: 1 });
  #isStopped = false;

  constructor(parts: SharedParts) {
    this.#parts = parts;
    this.#newcomers = new Newcomers({
      ...parts,
      isKnown: (id) => this.#observed.has(id),
      forward: (push) => this.add([push]),
    });
  }

  /** All that are known. */
  get repositories(): readonly WireRepository[] {
    return this.#known.all;
  }

  /** How each source of each repository is looked at. */
  get sources(): readonly SourceState[] {
    return [...this.#observed.values()].flatMap((one) => one.states);
  }

  /** Takes what the inbox remembers; nothing is looked at before {@link start}. */
  async load(): Promise<void> {
    const { inbox, tips } = this.#parts;
    for (const { repository, source, ref, sha } of await inbox.tips()) {
      tips.move({ repository, source: source === 'remote' ? 'remote' : 'local', ref, sha });
    }
    this.#known.replace((await inbox.repositories()) as WireRepository[]); // written by ourselves
    for (const repository of this.#known.all) this.#observe(repository);
  }

  /** Begins to look at what was loaded. */
  start(): void {
    for (const one of this.#observed.values()) one.start();
  }

  /** By full name, as a payload says it. */
  byName(name: string): WireRepository | undefined {
    return this.#known.byName(name);
  }

  byId(id: number): ObservedRepository | undefined {
    return this.#observed.get(id);
  }

  /** Sends journaled pushes on their way, in order; those of repositories that are gone are marked. */
  add(pushes: readonly QueuedPush[]): void {
    for (const push of pushes) {
      const observed = this.#observed.get(push.repository);
      if (push.repository === NEWCOMER) this.#newcomers.add(push);
      else if (observed !== undefined) observed.lane.add([push]);
      else void this.#mark(push);
    }
  }

  /** Takes a new list from the dispatcher. */
  replace(repositories: readonly WireRepository[]): void {
    void this.#changes.add(async () => {
      await this.#replace(repositories);
      if (!this.#isStopped) this.#parts.onKnown();
    });
  }

  /** Stops looking; what waits stays in the inbox. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#newcomers.stop();
    await this.#changes.onIdle();
    await Promise.all([...this.#observed.values()].map((one) => one.stop()));
  }

  #observe(repository: WireRepository): ObservedRepository {
    const observed = new ObservedRepository(repository, this.#parts);
    this.#observed.set(repository.id, observed);
    return observed;
  }

  async #replace(repositories: readonly WireRepository[]): Promise<void> {
    if (this.#isStopped) return;
    const before = new Map(this.#known.all.map((one) => [one.id, one]));
    const { added, changed, removed } = this.#known.replace(repositories);
    if (added.length + changed.length + removed.length === 0) return this.#newcomers.forward();
    const removing = removed.map(({ id }) => this.#remove(id));
    const baseline = [...added, ...changed].flatMap((one) =>
      baselineOf(one, added.includes(one) ? undefined : before.get(one.id)),
    );
    for (const move of baseline) this.#parts.tips.move(move);
    const fresh = added.map((one) => this.#observe(one));
    const written = this.#write(baseline, removed); // before any of them can move a tip
    for (const one of fresh) one.start();
    for (const one of changed) this.#observed.get(one.id)?.change(one);
    this.#newcomers.forward();
    await Promise.all([written, ...removing]);
  }

  async #remove(id: number): Promise<void> {
    const observed = this.#observed.get(id);
    this.#observed.delete(id);
    this.#parts.tips.forget(id);
    await observed?.remove();
  }

  async #write(baseline: readonly TipMove[], removed: readonly WireRepository[]): Promise<void> {
    const { inbox, logger } = this.#parts;
    const gone = removed.map((one) => one.id);
    try {
      await inbox.replaceRepositories(this.#known.all, baseline, gone);
    } catch (error) {
      const what = { error: messageOf(error) };
      logger.error(what, 'the repositories could not be written down; they come again with the next connection');
    }
  }

  async #mark({ seq }: QueuedPush): Promise<void> {
    const { inbox, clock, onSettled } = this.#parts;
    await inbox
      .settle({ seqs: [seq], status: 'ignored', outcome: REMOVED, error: null, at: clock.now() })
      .catch(() => {}); // then it is marked at the next start
    onSettled(1);
  }
}

/** Where the refs of a new repository, or of what was added to one as another source, count as dispatched already. */
function baselineOf({ id, baseline, ...repository }: WireRepository, before: WireRepository | undefined): TipMove[] {
  const known = before === undefined ? [] : observedSources(before).map(({ kind }) => kind);
  const fresh = observedSources(repository).filter(({ kind }) => !known.includes(kind));
  return fresh.flatMap(({ kind }) =>
    Object.entries(baseline).map(([ref, sha]) => ({ repository: id, source: kind, ref, sha })),
  );
}
