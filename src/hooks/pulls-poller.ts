import type { WireRepository } from '../protocol/wire-repository.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import type { AccountRests } from './account-rests.ts';
import type { ForgeApis, PlaceAtForge } from './forge-api.ts';
import { listOf, type PolledPull, pullsIn } from './polled-pulls.ts';
import { type PullHeads, pollId } from './pull-heads.ts';
import { Rounds } from './rounds.ts';
import type { Sender } from './sender.ts';

/** What is needed to look at pull requests. */
export interface PullsPollerOptions {
  readonly heads: PullHeads;
  readonly sender: Pick<Sender, 'relay'>;
  readonly apis: ForgeApis;
  readonly rests: AccountRests;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly repositories: () => readonly WireRepository[];
  /** When a webhook of this repository came last, on the monotonic clock; undefined: none since the start. */
  readonly heardAtMs: (repository: number) => number | undefined;
  /** Between two looks, in milliseconds. */
  readonly everyMs: number;
}

/** A repository whose webhook came within this is told of by its webhook, in milliseconds. */
const LATELY_MS = 15 * 60_000;
/**
 * Looks at the open pull requests of repositories that have a token and no webhook that came lately: behind NAT there is no way in.
 * What is new, or has a new head, is told as a webhook would tell it. Those that are open at the first look are not new.
 */
export class PullsPoller {
  readonly #options: PullsPollerOptions;
  readonly #complaints = new Map<number, string>();
  readonly #rounds: Rounds;

  constructor(options: PullsPollerOptions) {
    this.#options = options;
    const { clock, everyMs } = options;
    this.#rounds = new Rounds({ clock, everyMs, look: () => this.#lookAtAll() });
  }

  start(): void {
    this.#rounds.start();
  }

  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  /** Looks once, at one repository after the other; never rejected. */
  look(): Promise<void> {
    return this.#rounds.look();
  }

  async #lookAtAll(): Promise<void> {
    for (const repository of this.#options.repositories()) {
      if (this.#rounds.isStopped) return;
      if (this.#isHeard(repository.id)) continue;
      try {
        const place = await this.#options.apis.placeOf(repository);
        if (place !== undefined) await this.#visit(repository, place);
      } catch (error) {
        this.#complain(repository, messageOf(error));
      }
    }
  }

  async #visit(repository: WireRepository, place: PlaceAtForge): Promise<void> {
    const { rests } = this.#options;
    if (rests.isResting(place)) return;
    try {
      await this.#lookAt(repository, place);
    } catch (error) {
      rests.note(place, error);
      throw error;
    }
  }

  #isHeard(repository: number): boolean {
    const { heardAtMs, clock } = this.#options;
    const at = heardAtMs(repository);
    return at !== undefined && clock.monotonicMs() - at < LATELY_MS;
  }

  #complain({ id, name }: WireRepository, why: string): void {
    if (this.#complaints.get(id) === why) return;
    this.#complaints.set(id, why);
    this.#options.logger.warn({ repository: name, why }, 'its pull requests cannot be looked at now');
  }

  async #lookAt(repository: WireRepository, place: PlaceAtForge): Promise<void> {
    const { client, headers } = place;
    const { route, parameters } = listOf(place);
    const answer = await client.get(route, parameters, { headers, isConditional: true });
    try {
      if (answer !== undefined) await this.#compare(repository, pullsIn(place, answer.data));
      this.#complaints.delete(repository.id);
    } catch (error) {
      client.forget(); // what was not told has to be seen again
      throw error;
    }
  }

  async #compare(repository: WireRepository, pulls: readonly PolledPull[]): Promise<void> {
    const { heads } = this.#options;
    const known = await heads.of(repository.id);
    if (known === undefined) return heads.keep(repository.id, new Map(pulls.map(({ number, sha }) => [number, sha])));
    for (const pull of [...pulls].reverse()) {
      const before = known.get(pull.number);
      if (before !== pull.sha) await this.#tell(repository, pull, before);
    }
  }

  async #tell(repository: WireRepository, pull: PolledPull, before: string | undefined): Promise<void> {
    const { sender, heads, logger } = this.#options;
    const id = pollId(repository.id, pull.number, pull.sha);
    const status = await sender.relay({ ...pull.told(repository, before), id, trigger: 'poll' }, repository.secret);
    if (status !== 200 && status !== 202) logger.warn({ delivery: id, status }, 'a pull request was not taken');
    await heads.told(repository.id, pull.number, pull.sha);
  }
}
