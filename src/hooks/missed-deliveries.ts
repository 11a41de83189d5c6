import * as z from 'zod';
import type { ForgeSettings } from '../config/config.ts';
import { authorizationOf } from '../config/forge-authorization.ts';
import { secretIn, tokenOf } from '../config/host-tokens.ts';
import type { WireRepository } from '../protocol/wire-repository.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import type { ForgeApis } from './forge-api.ts';
import { type ForgeAnswer, ForgeApiError, type ForgeClient } from './forge-client.ts';
import type { Inbox } from './inbox.ts';
import { Rounds } from './rounds.ts';
import type { Sender } from './sender.ts';

/** What is needed to fetch back what did not arrive. */
export interface MissedDeliveriesOptions {
  readonly inbox: Pick<Inbox, 'has'>;
  readonly sender: Pick<Sender, 'relay'>;
  readonly apis: ForgeApis;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly repositories: () => readonly WireRepository[];
}

/** How often it is looked for, in milliseconds. */
const EVERY_MS = 3_600_000;
/** GitHub keeps deliveries so long. */
const WINDOW_MS = 3 * 86_400_000;
/** A look begins so long before the last one ended: what was under way then may have failed since. */
const OVERLAP_MS = 900_000;
const MAX_PAGES = 30;
/** Most deliveries that one look at one webhook brings; the others come with the next one. */
const MAX_TAKEN = 200;

const hooksSchema = z.array(z.object({ id: z.number(), config: z.object({ url: z.string().nullish() }).nullish() }));
const deliveriesSchema = z.array(
  z.object({
    id: z.union([z.number(), z.string()]),
    guid: z.string(),
    event: z.string(),
    status: z.string(),
    delivered_at: z.string(),
  }),
);
const deliverySchema = z.object({
  request: z.object({ payload: z.record(z.string(), z.unknown()) }),
});

/** Whose webhooks are looked at: a repository's or an organisation's. */
interface Owner {
  /** Path in the API: `repos/acme/app`, `orgs/acme`. */
  readonly path: string;
  readonly client: ForgeClient;
  readonly headers: Readonly<Record<string, string>>;
  readonly secret: string;
}

/**
 * GitHub sends each delivery once. What it could not deliver, because this server was away, is fetched from its own list: at the
 * start and once an hour, for the last three days. It comes in by the same door as any other, under its own id.
 */
export class MissedDeliveries {
  readonly #options: MissedDeliveriesOptions;
  /** When a look at an owner last came to its end. */
  readonly #seenMs = new Map<string, number>();
  /** Looked at within the hour. */
  readonly #done = new Set<string>();
  readonly #complaints = new Map<string, string>();
  readonly #rounds: Rounds;

  constructor(options: MissedDeliveriesOptions) {
    this.#options = options;
    this.#rounds = new Rounds({ clock: options.clock, everyMs: EVERY_MS, look: (isDue) => this.#lookAtAll(isDue) });
  }

  start(): void {
    this.#rounds.start();
  }

  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  /** Looks at those that were not looked at within the hour, one after the other; never rejected. */
  look(): Promise<void> {
    return this.#rounds.look();
  }

  async #lookAtAll(isDue: boolean): Promise<void> {
    if (isDue) this.#done.clear();
    const down = new Set<ForgeClient>();
    for (const owner of await this.#owners()) {
      if (this.#rounds.isStopped) return;
      if (this.#done.has(owner.path) || down.has(owner.client)) continue;
      this.#done.add(owner.path);
      const startMs = this.#options.clock.now().getTime();
      try {
        await this.#lookAt(owner);
        this.#seenMs.set(owner.path, startMs);
        this.#complaints.delete(owner.path);
      } catch (error) {
        this.#complain(owner.path, messageOf(error));
        if (!(error instanceof ForgeApiError)) continue;
        // each of the others would wait for it, or be refused for the same reason
        if (error.status === undefined || error.waitMs !== undefined) down.add(owner.client);
      }
    }
  }

  /** Said once, until something else is wrong: a token without the permission for webhooks is no accident. */
  #complain(path: string, why: string): void {
    if (this.#complaints.get(path) === why) return;
    this.#complaints.set(path, why);
    const { logger } = this.#options;
    logger.warn({ path, why }, 'deliveries that failed could not be looked for; the token needs to read webhooks');
  }

  async #owners(): Promise<readonly Owner[]> {
    const { apis, repositories } = this.#options;
    const owners: Owner[] = [];
    for (const repository of repositories()) {
      const place = await apis.placeOf(repository).catch((error: unknown) => {
        this.#complain(repository.name, messageOf(error));
        return undefined;
      });
      if (place?.kind !== 'github') continue;
      const { client, headers, owner, repo } = place;
      owners.push({ path: `repos/${owner}/${repo}`, client, headers, secret: repository.secret });
    }
    for (const forge of apis.of('github')) owners.push(...(await organisationsOf(forge, apis.client(forge))));
    return owners;
  }

  async #lookAt(owner: Owner): Promise<void> {
    const { client, headers, path } = owner;
    const hooks = await client.get(`GET /${path}/hooks`, { per_page: 100 }, { headers });
    for (const { id, config } of hooksSchema.parse(hooks?.data ?? []))
      if (/\/webhooks\/?$/.test(config?.url ?? '')) await this.#lookAtHook(owner, `${path}/hooks/${id}/deliveries`);
  }

  /** A delivery that was tried again has the same `guid` each time; one try that was taken is enough. */
  async #lookAtHook(owner: Owner, path: string): Promise<void> {
    const nowMs = this.#options.clock.now().getTime();
    const seenMs = this.#seenMs.get(owner.path);
    const sinceMs = Math.max(nowMs - WINDOW_MS, seenMs === undefined ? 0 : seenMs - OVERLAP_MS);
    const failed = new Map<string, Wanted>();
    const taken = new Set<string>();
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const more = cursor === undefined ? {} : { cursor };
      const answer: ForgeAnswer | undefined = await owner.client.get(`GET /${path}`, { per_page: 100, ...more }, owner);
      const deliveries = deliveriesSchema.parse(answer?.data ?? []);
      for (const { id, guid, event, status } of deliveries) {
        if (status === 'OK') taken.add(guid);
        else if (event !== 'ping') failed.set(guid, { path: `${path}/${id}`, guid, event });
      }
      cursor = answer?.cursor;
      const oldest = deliveries.at(-1);
      if (cursor === undefined || oldest === undefined || Date.parse(oldest.delivered_at) < sinceMs) break;
    }
    const wanted = [...failed.values()].filter(({ guid }) => !taken.has(guid)).reverse(); // the oldest first
    await this.#bring(owner, wanted);
  }

  async #bring({ client, headers, secret }: Owner, wanted: readonly Wanted[]): Promise<void> {
    const { inbox, sender, logger } = this.#options;
    let brought = 0;
    for (const { path, guid, event } of wanted) {
      if (this.#rounds.isStopped || brought >= MAX_TAKEN) return;
      if (await inbox.has(guid)) continue;
      const answer = await client.get(`GET /${path}`, {}, { headers });
      const { request } = deliverySchema.parse(answer?.data);
      const status = await sender.relay({ id: guid, event, payload: request.payload }, secret);
      logger.info({ delivery: guid, event, status }, 'a delivery that had failed was fetched back');
      brought++;
    }
  }
}

interface Wanted {
  readonly path: string;
  readonly guid: string;
  readonly event: string;
}

/** `acme/*` with a secret: acme has a webhook of its own. */
async function organisationsOf(forge: ForgeSettings, client: ForgeClient): Promise<Owner[]> {
  if (forge.webhookSecretFile === null) return [];
  const [secret, token] = await Promise.all([secretIn(forge.webhookSecretFile), tokenOf(forge)]);
  if (secret === undefined || token === undefined) return [];
  const names = forge.allow.flatMap((pattern) => /^([\w.-]+)\/\*$/.exec(pattern)?.[1] ?? []);
  const headers = authorizationOf(forge, token);
  return [...new Set(names)].map((name) => ({ path: `orgs/${name}`, client, headers, secret }));
}
