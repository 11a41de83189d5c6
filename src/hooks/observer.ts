import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import express, { type RequestHandler, type Router } from 'express';
import PQueue from 'p-queue';
import type { Config, ForgeSettings } from '../config/config.ts';
import { hostToken, type TokenMaker } from '../config/host-tokens.ts';
import type { AccessOf } from '../git/access.ts';
import { Mirrors } from '../git/mirror.ts';
import type { WireRepository } from '../protocol/wire-repository.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Component } from '../support/component.ts';
import type { HostPort } from '../support/host-port.ts';
import { errorBody } from '../support/http-guard.ts';
import type { Logger } from '../support/logger.ts';
import { VERSION } from '../support/version.ts';
import { AccountRests } from './account-rests.ts';
import { Admission, type AdmissionOptions } from './admission.ts';
import { createDeliveriesApi, type DeliveryFilter, findDelivery, listDeliveries } from './deliveries-api.ts';
import type { QueuedPush } from './delivery.ts';
import { ForgeApis } from './forge-api.ts';
import { Inbox, RETENTION, type Retention } from './inbox.ts';
import type { SourceState } from './lookout.ts';
import { MissedDeliveries } from './missed-deliveries.ts';
import type { SharedParts } from './observed-repository.ts';
import { Organisations } from './organisations.ts';
import { Outlet } from './outlet.ts';
import { PullHeads } from './pull-heads.ts';
import { PullsPoller } from './pulls-poller.ts';
import { RefNews } from './ref-news.ts';
import { type Refusal, Refusals } from './refusals.ts';
import { Roster } from './roster.ts';
import { Sender } from './sender.ts';
import { Tips } from './tips.ts';
import { ToldPulls } from './told-pulls.ts';
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
  /** What deliveries of the installation's GitHub App are signed with; asked for each that the repository's own does not fit. */
  readonly appSecret?: () => Promise<string | undefined>;
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
  /** Forges that are spoken to. Default: none. */
  readonly forges?: readonly ForgeSettings[];
  /** Makes tokens for clone and fetch, such as a GitHub App's. Default: those of the configuration alone. */
  readonly makeToken?: TokenMaker;
}

/** How often old deliveries are forgotten, in milliseconds. */
const TRIM_MS = 10 * 60_000;
/** Pushes are taken from the inbox so many at a time when it starts. */
const RESUME = 1_000;

type Asking = readonly [MissedDeliveries, PullsPoller];

const refuseUntilStarted = express.Router().use(['/webhooks', '/api/deliveries'], (request, response) => {
  request.resume();
  response.status(503).set('Retry-After', '5').json(errorBody('E_INBOX_UNAVAILABLE', 'the observer is not running'));
});

const nobody: RequestHandler = (_request, response) => {
  response.status(401).json(errorBody('E_UNAUTHORIZED', 'this needs the token of the home'));
};

/**
 * Turns deliveries, hooks, ref changes and polls into dispatches. All of them come in at one door, `POST /webhooks`, are
 * on disk before they are answered, and are dispatched in order, per repository, as soon as there is a dispatcher.
 */
export class Observer implements Component {
  /** `POST /webhooks`, `/api/deliveries`; answers 503 until it is started. */
  readonly router: RequestHandler = (request, response, next) => {
    if (this.#running !== undefined) this.#running.routes(request, response, next);
    else refuseUntilStarted(request, response, next);
  };
  readonly #options: ObserverOptions;
  readonly #admission: Admission;
  readonly #refusals = new Refusals();
  #running:
    | { readonly parts: SharedParts; readonly roster: Roster; readonly routes: Router; readonly asking: Asking }
    | undefined;
  /** When a forge last told something of a repository by itself, on the monotonic clock. */
  readonly #heardAtMs = new Map<number, number>();
  #isTrimming = false;
  #cancelTrim: () => void = () => {};

  constructor(options: ObserverOptions) {
    this.#options = options;
    this.#admission = new Admission(options.admission);
  }

  /** Is there a dispatcher that takes what comes in? */
  get isConnected(): boolean {
    return this.#running?.parts.outlet.isConnected ?? false;
  }

  /** Deliveries that are on disk and not processed. */
  get waiting(): number {
    return this.#admission.waiting;
  }

  /** What came in, newest first; undefined: it is not running. */
  async deliveries(filter: DeliveryFilter) {
    const inbox = this.#running?.parts.inbox;
    return inbox && listDeliveries(inbox, filter);
  }

  /** One of them, with its payload; undefined: there is none. */
  async delivery(id: string) {
    const inbox = this.#running?.parts.inbox;
    return inbox && findDelivery(inbox, id);
  }

  /** What was not taken since this process began, newest first; undefined: it is not running. */
  get refused(): readonly Refusal[] | undefined {
    return this.#running && this.#refusals.list;
  }

  /** The repositories that it knows, their secrets included. */
  get repositories(): readonly WireRepository[] {
    return this.#running?.roster.repositories ?? [];
  }

  /** How each source of each repository is looked at. */
  get sources(): readonly SourceState[] {
    return this.#running?.roster.sources ?? [];
  }

  /** Can it take deliveries? @throws what is wrong. */
  async check(): Promise<void> {
    if (this.#running === undefined) throw new Error('the observer is not running');
    await this.#running.parts.inbox.database.check();
  }

  async start(): Promise<void> {
    if (this.#running !== undefined) return;
    const { home, maxPages, clock } = this.#options;
    await mkdir(home, { recursive: true, mode: 0o700 });
    const inbox = await Inbox.open(join(home, 'observer.db'), maxPages === undefined ? {} : { maxPages });
    const parts = this.#makeParts(inbox, (list) => roster.replace(list));
    const roster = new Roster(parts);
    await roster.load();
    parts.outlet.start();
    await this.#resume(inbox, roster);
    const asking = this.#makeAsking(parts);
    this.#running = { parts, roster, routes: this.#makeRoutes(inbox, roster), asking };
    roster.start();
    for (const one of asking) one.start();
    this.#cancelTrim = clock.every(TRIM_MS, () => void this.#trim(inbox));
    void this.#trim(inbox);
  }

  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    this.#cancelTrim();
    const { parts, roster, asking } = running;
    await Promise.all(asking.map((one) => one.stop()));
    parts.outlet.stop();
    await roster.stop();
    this.#admission.waiting = 0;
    parts.sender.close();
    await parts.mirrors.close();
    await parts.inbox.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #makeParts(inbox: Inbox, onRepositories: (list: readonly WireRepository[]) => void): SharedParts {
    const { dispatcher, token, clock, logger, poll, webhooksUrl, home } = this.#options;
    const { isWatching = true, retryMs = 400, forges = [], makeToken } = this.#options;
    const accessOf: AccessOf = async (source) => {
      const own = this.repositories.find(({ sources }) => sources.includes(source))?.credential;
      if (own === undefined) return hostToken(forges, source, makeToken);
      return own.kind === 'token' ? own : { ...own, knownHosts: join(home, 'known_hosts') };
    };
    const apis = new ForgeApis(forges, makeToken);
    const rests = new AccountRests(clock);
    return {
      inbox,
      ...{ apis, rests, news: new RefNews({ apis, rests, clock }) },
      outlet: new Outlet({ dispatcher, token, clock, logger, version: VERSION, onRepositories }),
      sender: new Sender({ webhooksUrl }),
      tips: new Tips(),
      mirrors: new Mirrors({ home, logger, accessOf }),
      accessOf,
      organisations: new Organisations(forges),
      ...{ clock, logger, poll, isWatching, retryMs },
      turns: {
        git: new PQueue({ concurrency: 8 }),
        looks: new PQueue({ concurrency: 4 }),
        watchers: new PQueue({ concurrency: 1 }),
      },
      onKnown: () => this.#running?.asking.forEach((one) => void one.look()),
      onSettled: (count) => {
        this.#admission.waiting -= count;
      },
    };
  }

  #makeRoutes(inbox: Inbox, roster: Roster): Router {
    const { clock, logger, authorize = nobody, webhooksUrl } = this.#options;
    const pageUrl = this.#options.pageUrl ?? (() => new URL(webhooksUrl()).origin);
    const organisations = new Organisations(this.#options.forges ?? []);
    const routes = createWebhooks({
      ...{ inbox, clock, logger, admission: this.#admission, refusals: this.#refusals, organisations },
      appSecret: this.#options.appSecret ?? (async () => undefined),
      pulls: new ToldPulls(inbox, new PullHeads(inbox)),
      onHeard: (id) => void this.#heardAtMs.set(id, clock.monotonicMs()),
      repositoryOf: (name) => roster.byName(name),
      isSettled: (id, move, trigger) => roster.byId(id)?.isSettled(move, trigger) ?? false,
      onVerified: (id, move, trigger) => roster.byId(id)?.prefetch(move, trigger),
      onDelivery: (seq, { id, receivedAt, event, trigger, repository, move }) => {
        this.#take(roster, [{ seq, id, receivedAt, event, trigger, repository: repository.id, tries: 0, ...move }]);
        if (inbox.isOver(this.#options.retention)) void this.#trim(inbox);
      },
      runsUrl: (repository, where) => {
        const query = new URLSearchParams({ ...(repository === '' ? {} : { repository }), ...where });
        return `${pageUrl()}/api/runs${query.size === 0 ? '' : `?${query}`}`;
      },
    });
    const redeliver = (id: string) => this.#redeliver(inbox, roster, id);
    routes.use(createDeliveriesApi({ inbox, refusals: this.#refusals, authorize, redeliver }));
    return routes;
  }

  /** What asks the forges by itself, for what they could not tell. */
  #makeAsking({ inbox, sender, apis, rests }: SharedParts): Asking {
    const { clock, logger, poll } = this.#options;
    const shared = { inbox, sender, clock, logger, apis, rests };
    const repositories = () => this.repositories;
    const pulls = new PullsPoller({
      ...{ ...shared, repositories, heads: new PullHeads(inbox), everyMs: poll.remoteSeconds * 1000 },
      heardAtMs: (id) => this.#heardAtMs.get(id),
    });
    return [new MissedDeliveries({ ...shared, repositories }), pulls];
  }

  #take(roster: Roster, pushes: readonly QueuedPush[]): void {
    this.#admission.waiting += pushes.length;
    roster.add(pushes);
  }

  /** What was journaled and not dispatched before the last end, in the order of arrival. */
  async #resume(inbox: Inbox, roster: Roster): Promise<void> {
    for (let after = 0; ; ) {
      const pushes = await inbox.pending(after, RESUME);
      const last = pushes.at(-1);
      if (last === undefined) return;
      this.#take(roster, pushes);
      after = last.seq;
    }
  }

  async #redeliver(inbox: Inbox, roster: Roster, id: string): Promise<boolean> {
    const push = await inbox.reopen(id);
    if (push !== undefined) this.#take(roster, [{ ...push, isRedelivery: true }]);
    return push !== undefined;
  }

  async #trim(inbox: Inbox): Promise<void> {
    const { clock, retention = RETENTION, logger } = this.#options;
    if (this.#isTrimming) return;
    this.#isTrimming = true;
    try {
      await inbox.trim(clock.now(), retention);
    } catch (error) {
      if (this.#running !== undefined) logger.warn({ error: messageOf(error) }, 'old deliveries were not forgotten');
    }
    this.#isTrimming = false;
  }
}
