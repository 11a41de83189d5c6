import { type Config, settingsOf } from '../config/config.ts';
import type { Credential } from '../model/credential.ts';
import type { AddMessage, DispatchMessage, EventMessage, ToDispatcher } from '../protocol/to-dispatcher.ts';
import type { WireRepository } from '../protocol/wire-repository.ts';
import type { RepositoryRecord } from '../store/repositories.ts';
import { CiError, messageOf } from '../support/ci-error.ts';
import type { Background } from './background.ts';
import type { LeaseTimes } from './leases.ts';
import type { NativeSession } from './native-door.ts';
import type { NativeConnection } from './outgoing.ts';

/** What {@link ObserverDoor} needs. */
export interface ObserverDoorOptions {
  readonly background: Background;
  readonly times: LeaseTimes;
  readonly config: Pick<Config, 'defaults' | 'repositories'>;
  /** All repositories, as they are now. */
  readonly repositories: () => Promise<readonly RepositoryRecord[]>;
  /** With what git is let in at its sources. */
  readonly credentialOf: (repository: number) => Promise<Credential | undefined>;
  /** Stores a push; fulfilled, with its runs, when it is on the disk. */
  readonly dispatch: (message: DispatchMessage) => Promise<Taken>;
  /** The repositories that have one. */
  readonly credentialKinds: () => Promise<ReadonlyMap<number, unknown>>;
  /** Watches one more repository; its id. */
  readonly add: (message: AddMessage) => Promise<number>;
  /** The same for what is no push; `note` says in words why there are no runs. */
  readonly event: (message: EventMessage) => Promise<Taken>;
}

/** What came of a push or an event. */
export interface Taken {
  readonly runs: readonly number[];
  readonly note?: string;
  /** Those of `runs` that were there before. */
  readonly known?: readonly number[];
  readonly repository?: number;
}

/** The observers that are connected: they tell of pushes, and are told which repositories there are. */
export class ObserverDoor {
  readonly #options: ObserverDoorOptions;
  readonly #connections = new Set<NativeConnection>();

  constructor(options: ObserverDoorOptions) {
    this.#options = options;
  }

  /** An observer said a good hello. */
  open(protocol: number, connection: NativeConnection): NativeSession {
    const { heartbeatMs, leaseMs } = this.#options.times;
    connection.send({ type: 'welcome', protocol, heartbeatMs, leaseMs, resume: [], drop: [] });
    this.#connections.add(connection);
    this.#options.background.run('tell an observer of the repositories', () => this.#tell([connection]));
    return {
      message: (message) => this.#hear(message, connection),
      closed: () => this.#connections.delete(connection),
    };
  }

  /** The repositories changed. */
  repositoriesChanged(): void {
    this.#options.background.run('tell observers of the repositories', () => this.#tell(this.#connections));
  }

  async #tell(connections: Iterable<NativeConnection>): Promise<void> {
    const known = await this.#options.repositories();
    const { config, credentialOf, credentialKinds } = this.#options;
    const kinds = await credentialKinds();
    const toldOf = async (one: RepositoryRecord) =>
      toWire(one, config, kinds.has(one.id) ? await credentialOf(one.id) : undefined);
    const repositories = await Promise.all(known.map(toldOf));
    for (const connection of connections) connection.send({ type: 'repositories', repositories });
  }

  #hear(message: ToDispatcher, connection: NativeConnection): void {
    if (message.type === 'heartbeat') connection.send({ type: 'heartbeat_ack', lost: [] });
    else if (message.type === 'dispatch') this.#answer(message, connection, () => this.#options.dispatch(message));
    else if (message.type === 'add')
      this.#answer(message, connection, async () => ({ runs: [], repository: await this.#options.add(message) }));
    else if (message.type === 'event') this.#answer(message, connection, () => this.#options.event(message));
    else {
      const words = `an observer does not say ${message.type} now`;
      connection.send({ type: 'refused', code: 'E_HELLO_EXPECTED', message: words });
      connection.end(words);
    }
  }

  #answer({ request }: { request: number }, connection: NativeConnection, take: () => Promise<Taken>): void {
    this.#options.background.run('answer a dispatch', async () => {
      try {
        connection.send({ type: 'dispatched', request, ...(await take()) });
      } catch (error) {
        const code = error instanceof CiError ? error.code : 'E_INTERNAL';
        const words = error instanceof CiError ? messageOf(error) : 'the dispatcher has a bug; its log says more';
        connection.send({ type: 'dispatch_failed', request, code, message: words });
        throw error;
      }
    });
  }
}

function toWire(
  { id, name, sources, secret, baseline }: RepositoryRecord,
  config: ObserverDoorOptions['config'],
  credential: Credential | undefined,
): WireRepository {
  const { policy, maxCommits, pollSeconds } = settingsOf(config, name);
  return {
    ...{ id, name, sources: [...sources], secret, baseline: { ...baseline }, policy, maxCommits, pollSeconds },
    ...(credential === undefined ? {} : { credential }),
  };
}
