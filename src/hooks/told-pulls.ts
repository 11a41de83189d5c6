import type { Trigger } from '../model/push.ts';
import type { Json } from '../model/workflow.ts';
import type { Order } from './forge.ts';
import type { Inbox } from './inbox.ts';
import { type PullHeads, pollId } from './pull-heads.ts';

/** A pull request at a head, as a delivery tells of it. */
export interface ToldPull {
  readonly number: number;
  readonly sha: string;
}

/** What brings a head that is to be tested; all else of a pull request has no twin. */
const BRINGING: ReadonlySet<Json | undefined> = new Set(['opened', 'synchronize']);

/** The pull request that a delivery brings; undefined: it brings none. */
export function pullIn(order: Order): ToldPull | undefined {
  if (order.kind !== 'events' || order.events[0].name !== 'pull_request') return undefined;
  const { action, number, pull_request: pull } = order.events[0].payload;
  const sha = (pull as { readonly head?: { readonly sha?: Json } } | undefined)?.head?.sha;
  const isBringing = BRINGING.has(action) && typeof number === 'number' && typeof sha === 'string' && sha !== '';
  return isBringing ? { number, sha } : undefined;
}

/** Keeps a pull request at a head from being tested twice, because both its webhook and the poller tell of it. */
export class ToldPulls {
  readonly #inbox: Pick<Inbox, 'has'>;
  readonly #heads: PullHeads;

  constructor(inbox: Pick<Inbox, 'has'>, heads: PullHeads) {
    this.#inbox = inbox;
    this.#heads = heads;
  }

  /** Did the other one tell of it? */
  async isTold(repository: number, { number, sha }: ToldPull, trigger: Trigger): Promise<boolean> {
    if (trigger !== 'poll') return this.#inbox.has(pollId(repository, number, sha));
    return (await this.#heads.of(repository))?.get(number) === sha;
  }

  /** It is on the disk. */
  async told(repository: number, { number, sha }: ToldPull): Promise<void> {
    await this.#heads.told(repository, number, sha);
  }
}
