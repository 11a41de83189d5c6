import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import express, { type RequestHandler, type Router } from 'express';
import PQueue from 'p-queue';
import type { Config, HostPort } from '../config/config.ts';
import { Mirrors } from '../git/mirror.ts';
import type { WireRepository } from '../protocol/messages.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Component } from '../support/component.ts';
import { errorBody } from '../support/http-guard.ts';
import type { Logger } from '../support/logger.ts';
import { VERSION } from '../support/version.ts';
import { Admission, type AdmissionOptions } from './admission.ts';
import { createDeliveriesApi } from './deliveries-api.ts';
import type { QueuedPush, TipMove } from './delivery.ts';
import { Inbox, RETENTION, type Retention } from './inbox.ts';
import { KnownRepositories } from './known-repositories.ts';
import type { SourceState } from './lookout.ts';
import { ObservedRepository, type SharedParts } from './observed-repository.ts';
import { Outlet } from './outlet.ts';
import { Sender } from './sender.ts';
import { observedSources } from './source-kind.ts';
import { Tips } from './tips.ts';
import { createWebhooks } from './webhooks.ts';

/** What the observer needs. */
export interface ObserverOptions {
  /** Folder of `observer.db` and `mirrors`. */
  readonly home: string;
  /** Where the dispatcher is; asked at each connect. */
  readonly dispatcher: () => Promise<HostPort>;
  /** The home's token, for the dispatcher; asked at each connect. */
  readonly token: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly poll: Config['poll'];
  /** Its own endpoint, to which watcher and poller post: `http://127.0.0.1:8080/webhooks`. */
  readonly webhooksUrl: () => string;
  /** Where people find the page, without a slash at the end. Default: the origin of `webhooksUrl`. */
  readonly pageUrl?: () => string;
  /** Lets through who may change something. Default: nobody. */
  readonly authorize?: RequestHandler;
  /** Whether local repositories are watched and not only polled. Default: yes. */
  readonly isWatching?: boolean;
  /** Wait after the first failure to process a delivery, in milliseconds; doubled each time. Default 400. */
  readonly retryMs?: number;
  readonly admission?: AdmissionOptions;
  readonly retention?: Retention;
  /** Bound on `observer.db` in pages of 4 kB, for tests of a full disk. */
  readonly maxPages?: number;
}

/** How often old deliveries are forgotten, in milliseconds. */
const TRIM_MS = 10 * 60_000;
/** Pushes are taken from the inbox so many at a time when it starts. */
const RESUME = 1_000;

const nobody: RequestHandler = (_request, response) => {
  response.status(401).json(errorBody('E_UNAUTHORIZED', 'this needs the token of the home'));
};

/**
 * Turns deliveries, hooks, ref changes and polls into dispatches. All of them come in at one door, `POST /webhooks`, are
 * on disk before they are answered, and are dispatched in order, per repository, as soon as there is a dispatcher.
 */
export class Observer implements Component {
  /** `POST /webhooks`, `/api/deliveries`; answers 503 until it is started. */
  readonly router: Router = express.Router();
  readonly #options: ObserverOptions;
  readonly #known = new KnownRepositories();
  readonly #observed = new Map<number, ObservedRepository>();
  readonly #admission: Admission;
  /** Lists of repositories are taken one after the other. */
  readonly #changes = new PQueue({ concurrency: 1 });
  #parts: SharedParts | undefined;
  #routes: Router | undefined;
  #isTrimming = false;
  #cancelTrim: () => void = () => {};

  constructor(options: ObserverOptions) {
    this.#options = options;
    this.#admission = new Admission(options.admission);
    this.router.use(['/webhooks', '/api/deliveries'], (request, response, next) => {
      if (this.#routes !== undefined) return next();
      request.resume();
      response
        .status(503)
        .set('Retry-After', '5')
        .json(errorBody('E_INBOX_UNAVAILABLE', 'the observer is not running'));
    });
    this.router.use((request, response, next) => (this.#routes ? this.#routes(request, response, next) : next()));
  }

  /** Is there a dispatcher that takes what comes in? */
  get isConnected(): boolean {
    return this.#parts?.outlet.isConnected ?? false;
  }

  /** Deliveries that are on disk and not processed. */
  get waiting(): number {
    return this.#admission.waiting;
  }

  /** How each source of each repository is looked at. */
  get sources(): readonly SourceState[] {
    return [...this.#observed.values()].flatMap((one) => one.states);
  }

  async start(): Promise<void> {
    if (this.#parts !== undefined) return;
    const { home, maxPages } = this.#options;
    await mkdir(home, { recursive: true, mode: 0o700 });
    const inbox = await Inbox.open(join(home, 'observer.db'), maxPages === undefined ? {} : { maxPages });
    const parts = this.#makeParts(inbox);
    this.#parts = parts;
    for (const { repository, source, ref, sha } of await inbox.tips()) {
      parts.tips.move({ repository, source: source === 'remote' ? 'remote' : 'local', ref, sha });
    }
    this.#known.replace((await inbox.repositories()) as WireRepository[]); // written by ourselves
    for (const repository of this.#known.all) this.#observe(repository, parts);
    await this.#resume(inbox);
    this.#routes = this.#makeRoutes(parts);
    for (const one of this.#observed.values()) one.start();
    parts.outlet.start();
    this.#cancelTrim = this.#options.clock.every(TRIM_MS, () => void this.#trim());
    void this.#trim();
  }

  async stop(): Promise<void> {
    const parts = this.#parts;
    if (parts === undefined) return;
    this.#parts = undefined;
    this.#routes = undefined;
    this.#cancelTrim();
    parts.outlet.stop();
    await this.#changes.onIdle();
    await Promise.all([...this.#observed.values()].map((one) => one.stop()));
    this.#observed.clear();
    parts.sender.close();
    await parts.mirrors.close();
    await parts.inbox.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #makeParts(inbox: Inbox): SharedParts {
    const {
      dispatcher,
      token,
      clock,
      logger,
      poll,
      webhooksUrl,
      home,
      isWatching = true,
      retryMs = 400,
    } = this.#options;
    return {
      inbox,
      outlet: new Outlet({
        ...{ dispatcher, token, clock, logger, version: VERSION },
        onRepositories: (list) => void this.#changes.add(() => this.#replace(list)),
      }),
      sender: new Sender({ webhooksUrl }),
      tips: new Tips(),
      mirrors: new Mirrors({ home, logger }),
      ...{ clock, logger, poll, isWatching, retryMs },
      turns: {
        git: new PQueue({ concurrency: 8 }),
        looks: new PQueue({ concurrency: 4 }),
        watchers: new PQueue({ concurrency: 1 }),
      },
      onSettled: (count) => {
        this.#admission.waiting -= count;
      },
    };
  }

  #makeRoutes({ inbox }: SharedParts): Router {
    const { clock, logger, authorize = nobody, webhooksUrl } = this.#options;
    const pageUrl = this.#options.pageUrl ?? (() => new URL(webhooksUrl()).origin);
    const routes = express.Router();
    routes.use(
      createWebhooks({
        ...{ inbox, clock, logger, admission: this.#admission },
        repositoryOf: (name) => this.#known.byName(name),
        isSettled: (repository, move, trigger) => this.#observed.get(repository)?.isSettled(move, trigger) ?? false,
        onPush: (seq, { id, receivedAt, trigger, repository, move }) =>
          this.#enqueue(inbox, [{ seq, id, receivedAt, trigger, repository: repository.id, tries: 0, ...move }]),
        runsUrl: (repository, sha) => {
          const query = new URLSearchParams({ repository, ...(sha === null ? {} : { sha }) });
          return `${pageUrl()}/api/runs?${query}`;
        },
      }),
    );
    routes.use(createDeliveriesApi({ inbox, authorize, redeliver: (id) => this.#redeliver(inbox, id) }));
    return routes;
  }

  #observe(repository: WireRepository, parts: SharedParts): ObservedRepository {
    const observed = new ObservedRepository(repository, parts);
    this.#observed.set(repository.id, observed);
    return observed;
  }

  #enqueue(inbox: Inbox, pushes: readonly QueuedPush[]): void {
    this.#admission.waiting += pushes.length;
    for (const push of pushes) {
      const observed = this.#observed.get(push.repository);
      if (observed !== undefined) observed.lane.add([push]);
      else void this.#mark(inbox, push);
    }
    if (inbox.isOver(this.#options.retention)) void this.#trim();
  }

  async #mark(inbox: Inbox, { seq }: QueuedPush): Promise<void> {
    const at = this.#options.clock.now();
    const outcome = 'the repository was removed';
    await inbox.settle({ seqs: [seq], status: 'ignored', outcome, error: null, at }).catch(() => {});
    this.#admission.waiting--;
  }

  async #resume(inbox: Inbox): Promise<void> {
    for (let after = 0; ; ) {
      const pushes = await inbox.pending(after, RESUME);
      this.#enqueue(inbox, pushes);
      const last = pushes.at(-1);
      if (last === undefined) return;
      after = last.seq;
    }
  }

  async #redeliver(inbox: Inbox, id: string): Promise<boolean> {
    const push = await inbox.reopen(id);
    if (push !== undefined) this.#enqueue(inbox, [{ ...push, isRedelivery: true }]);
    return push !== undefined;
  }

  /** A new list of repositories from the dispatcher. */
  async #replace(repositories: readonly WireRepository[]): Promise<void> {
    const parts = this.#parts;
    if (parts === undefined) return;
    const { added, changed, removed } = this.#known.replace(repositories);
    if (added.length + changed.length + removed.length === 0) return;
    const baseline = added.flatMap(baselineOf);
    for (const move of baseline) parts.tips.move(move);
    const fresh = added.map((one) => this.#observe(one, parts));
    const written = this.#write(parts.inbox, baseline, removed); // before any of them can move a tip
    for (const one of fresh) one.start();
    for (const one of changed) this.#observed.get(one.id)?.change(one);
    await written;
    for (const { id } of removed) {
      await this.#observed.get(id)?.remove();
      this.#observed.delete(id);
      parts.tips.forget(id);
    }
  }

  async #write(inbox: Inbox, baseline: readonly TipMove[], removed: readonly WireRepository[]): Promise<void> {
    try {
      await inbox.replaceRepositories(
        this.#known.all,
        baseline,
        removed.map((one) => one.id),
      );
    } catch (error) {
      const what = { error: messageOf(error) };
      this.#options.logger.error(what, 'the repositories could not be written down; they come again at the next start');
    }
  }

  async #trim(): Promise<void> {
    const { clock, retention = RETENTION, logger } = this.#options;
    const inbox = this.#parts?.inbox;
    if (inbox === undefined || this.#isTrimming) return;
    this.#isTrimming = true;
    try {
      await inbox.trim(clock.now(), retention);
    } catch (error) {
      if (this.#parts !== undefined) logger.warn({ error: messageOf(error) }, 'old deliveries could not be forgotten');
    }
    this.#isTrimming = false;
  }
}

/** Where the refs of a new repository count as dispatched already. */
function baselineOf({ id, baseline, ...repository }: WireRepository): TipMove[] {
  return observedSources(repository).flatMap(({ kind }) =>
    Object.entries(baseline).map(([ref, sha]) => ({ repository: id, source: kind, ref, sha })),
  );
}
