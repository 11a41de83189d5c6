import type PQueue from 'p-queue';
import type { Trigger } from '../model/push.ts';
import type { WireRepository } from '../protocol/wire-repository.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import type { Lane } from './lane.ts';
import { Poller } from './poller.ts';
import { type RefMove, reconcile } from './reconcile.ts';
import { RefsWatcher } from './refs-watcher.ts';
import type { Sender } from './sender.ts';
import { LocalView, type SourceView } from './source-view.ts';
import type { Tips } from './tips.ts';

/** What a lookout needs. */
export interface LookoutOptions {
  readonly repository: WireRepository;
  readonly view: SourceView;
  readonly lane: Lane;
  readonly tips: Tips;
  readonly sender: Sender;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
  readonly isWatching: boolean;
  /** Bounds how many sources are looked at, and how many watchers are started, at the same time. */
  readonly turns: { readonly looks: PQueue; readonly watchers: PQueue };
}

/** How a source is looked at now, for people. */
export interface SourceState {
  readonly repository: string;
  readonly source: string;
  readonly state: 'starting' | 'watched' | 'polled' | 'unavailable';
  /** Why it is unavailable, or why it is not watched; in words. */
  readonly why: string | null;
}

/** Longest wait between two looks at a source that cannot be read, in milliseconds. */
const MAX_WAIT_MS = { local: 30_000, remote: 30 * 60_000 };

/** Looks at one source of a repository, by watcher and poller, and posts what moves. */
export class Lookout {
  readonly #options: LookoutOptions;
  readonly #poller: Poller;
  #watcher: RefsWatcher | undefined;
  #generation = -1;
  #isStopped = false;
  #state: Pick<SourceState, 'state' | 'why'> = { state: 'starting', why: null };

  constructor(options: LookoutOptions) {
    this.#options = options;
    this.#poller = new Poller({
      intervalMs: options.intervalMs,
      maxMs: Math.max(options.intervalMs, MAX_WAIT_MS[options.view.kind]),
      clock: options.clock,
      turns: options.turns.looks,
      look: (isFull) => this.#look(isFull),
      onState: (why) => this.#tell(why),
    });
  }

  get state(): SourceState {
    const { repository, view } = this.#options;
    return { repository: repository.name, source: view.location, ...this.#state };
  }

  /** Begins: a reconcile first, then the watcher when its turn comes. */
  start(): void {
    this.#poller.start();
  }

  /** Looks now; for what does not fit. */
  look(): void {
    this.#poller.now();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#poller.stop();
    await this.#watcher?.stop();
    this.#watcher = undefined;
  }

  async #look(isFull: boolean): Promise<void> {
    const { view, lane, tips, repository } = this.#options;
    const hasChanged = await view.hasChanged();
    if (isFull) lane.forgetGivenUp();
    if (hasChanged || isFull) {
      await reconcile({
        view,
        tips: () => tips.of(repository.id, view.kind),
        expected: (ref) => lane.expected(view.kind, ref),
        post: (move) => this.#post(move, 'poll'),
      });
    }
    if (this.#options.isWatching && view instanceof LocalView && view.generation !== this.#generation)
      this.#watch(view);
  }

  #post(move: RefMove, trigger: Trigger): Promise<void> {
    const { repository, sender, view } = this.#options;
    return sender.post({ repository: repository.name, ...move, trigger }, repository.secret, view.kind);
  }

  /** Off the hot path, and one after the other: fifty new repositories do not start fifty watchers at once. */
  #watch(view: LocalView): void {
    this.#generation = view.generation;
    const before = this.#watcher;
    this.#watcher = undefined;
    void this.#options.turns.watchers.add(async () => {
      await before?.stop();
      await this.#startWatcher(view);
    });
  }

  async #startWatcher(view: LocalView): Promise<void> {
    if (this.#isStopped) return;
    try {
      const watcher = new RefsWatcher({
        commonDir: await view.commonDir(),
        readRefs: () => view.refs(),
        clock: this.#options.clock,
        onMove: (ref, before, after) => this.#moved({ ref, before, after }),
        onFailed: (why) => {
          this.#watcher = undefined;
          this.#unwatched(why);
        },
      });
      this.#watcher = watcher;
      await watcher.start();
      if (this.#isStopped) return await watcher.stop();
      if (this.#watcher === watcher) this.#state = { state: 'watched', why: null };
      this.#poller.now(); // what moved before it watched
    } catch (error) {
      this.#unwatched(messageOf(error));
    }
  }

  #moved(move: RefMove): void {
    this.#options.view.prefetch(move.after);
    // whatever is not taken is found by the poller
    this.#post(move, 'watch').catch((error: unknown) =>
      this.#options.logger.debug({ error: messageOf(error) }, 'not posted'),
    );
  }

  #unwatched(why: string): void {
    if (this.#isStopped || this.#state.state === 'unavailable') return;
    this.#state = { state: 'polled', why };
    this.#options.logger.warn({ ...this.state }, 'the repository cannot be watched; it is polled');
  }

  /** The source can be read again, or not any more. */
  #tell(why: string | undefined): void {
    const { logger, lane, view } = this.#options;
    if (why !== undefined) {
      this.#state = { state: 'unavailable', why };
      logger.warn({ ...this.state }, 'the repository cannot be read');
      return;
    }
    const wasUnavailable = this.#state.state === 'unavailable';
    if (wasUnavailable || !this.#options.isWatching || view.kind === 'remote')
      this.#state = { state: 'polled', why: null };
    if (!wasUnavailable) return;
    logger.info({ ...this.state }, 'the repository can be read again');
    lane.retry();
  }
}
