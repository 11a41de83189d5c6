import type PQueue from 'p-queue';
import type { AccessOf } from '../git/access.ts';
import type { Mirrors } from '../git/mirror.ts';
import type { WireRepository } from '../protocol/wire-repository.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import type { AccountRests } from './account-rests.ts';
import type { Arrival, Move } from './delivery.ts';
import type { ForgeApis } from './forge-api.ts';
import type { Inbox } from './inbox.ts';
import { Lane } from './lane.ts';
import { Lookout, type SourceState } from './lookout.ts';
import type { Scope } from './new-commits.ts';
import type { Organisations } from './organisations.ts';
import type { Outlet } from './outlet.ts';
import { isBranch } from './ref-name.ts';
import type { RefNews } from './ref-news.ts';
import type { Sender } from './sender.ts';
import { observedSources, type SourceKind } from './source-kind.ts';
import { type SourceView, viewOf } from './source-view.ts';
import type { Tips } from './tips.ts';
import { ToldByKind } from './told.ts';

/** What all observed repositories share. */
export interface SharedParts {
  readonly inbox: Inbox;
  readonly outlet: Outlet;
  readonly sender: Sender;
  readonly tips: Tips;
  readonly mirrors: Mirrors;
  readonly accessOf: AccessOf;
  readonly apis: ForgeApis;
  readonly rests: AccountRests;
  readonly news: RefNews;
  readonly organisations: Organisations;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Seconds between two looks, where the repository does not say. */
  readonly poll: { readonly localSeconds: number; readonly remoteSeconds: number };
  readonly isWatching: boolean;
  /** Wait after the first failure to process a delivery. */
  readonly retryMs: number;
  /** Bounds on what is done for different repositories at the same time. */
  readonly turns: { readonly git: PQueue; readonly looks: PQueue; readonly watchers: PQueue };
  readonly onSettled: (count: number) => void;
  /** A list of repositories was taken from the dispatcher. */
  readonly onKnown: () => void;
}

/** One repository with all that looks at it. */
export class ObservedRepository {
  readonly lane: Lane;
  readonly #parts: SharedParts;
  readonly #told = new ToldByKind();
  #repository: WireRepository;
  #views: readonly SourceView[] = [];
  #lookouts: readonly Lookout[] = [];
  #changing: Promise<void> = Promise.resolve();

  constructor(repository: WireRepository, parts: SharedParts) {
    this.#repository = repository;
    this.#parts = parts;
    const { inbox, outlet, clock, turns, onSettled, retryMs } = parts;
    const logger = parts.logger.child({ repository: repository.name });
    const scope = (source: SourceKind, ref: string) => this.#scope(source, ref);
    this.lane = new Lane({ inbox, outlet, clock, logger, scope, gitTurns: turns.git, onSettled, retryMs });
    this.#build();
  }

  /** How its sources are looked at. */
  get states(): readonly SourceState[] {
    return this.#lookouts.map((lookout) => lookout.state);
  }

  /** Begins to look. */
  start(): void {
    for (const lookout of this.#lookouts) lookout.start();
  }

  /** Takes new settings and sources. */
  change(repository: WireRepository): void {
    this.#changing = this.#changing.then(async () => {
      await this.#close();
      this.#repository = repository;
      this.#build();
      this.start();
      this.lane.retry();
    });
  }

  /** Was this push dispatched, for its trigger too, with nothing newer on the way? */
  isSettled({ source, ref, after }: Move, trigger: Arrival['trigger']): boolean {
    const { tips } = this.#parts;
    if (this.lane.expected(source, ref) !== undefined || !this.#told.of(ref).knows(after, trigger)) return false;
    return tips.of(this.#repository.id, source).get(ref) === after;
  }

  /** Begins to read a commit that will be asked for in a moment: it is there when the delivery is on disk. */
  prefetch({ source, ref, after }: Move, trigger: Arrival['trigger']): void {
    if (trigger === 'webhook' || this.#told.of(ref).has(after)) return;
    this.#views.find((one) => one.kind === source)?.prefetch(after);
  }

  /** Stops looking; what waits stays in the inbox. */
  async stop(): Promise<void> {
    await this.#changing;
    await Promise.all(this.#lookouts.map((lookout) => lookout.stop()));
    await this.lane.stop();
    await this.#close();
  }

  /** Stops looking; what waits is marked. */
  async remove(): Promise<void> {
    await this.#changing;
    await Promise.all(this.#lookouts.map((lookout) => lookout.stop()));
    await this.lane.remove();
    await this.#close();
  }

  #build(): void {
    const { mirrors, accessOf, news, poll, turns, tips, sender, clock, logger, isWatching } = this.#parts;
    const repository = this.#repository;
    const shared = { repository, lane: this.lane, tips, sender, clock, logger, turns, isWatching };
    this.#views = observedSources(repository).map((source) => {
      const hasNews = () => news.hasNews({ ...repository, sources: [source.location] });
      return viewOf(source, repository.id, { mirrors, accessOf, hasNews });
    });
    this.#lookouts = this.#views.map((view) => {
      const seconds = repository.pollSeconds ?? (view.kind === 'local' ? poll.localSeconds : poll.remoteSeconds);
      return new Lookout({ ...shared, view, intervalMs: seconds * 1000 });
    });
  }

  async #close(): Promise<void> {
    await Promise.all(this.#lookouts.map((lookout) => lookout.stop()));
    await Promise.all(this.#views.map((view) => view.close()));
  }

  #scope(source: SourceKind, ref: string): Scope | undefined {
    const view = this.#views.find((one) => one.kind === source);
    const told = this.#told.of(ref);
    return view && { repository: this.#repository, view, tips: this.#parts.tips, told, isBranch: isBranch(ref) };
  }
}
