import type { Socket } from 'node:net';
import type { Config } from '../config/config.ts';
import { NO_COMMIT } from '../model/push.ts';
import { ClassicReader, type ClassicRequest } from '../protocol/classic.ts';
import type { RepositoryRecord } from '../store/repositories.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import type { ClassicPool } from './classic-pool.ts';
import type { Commits } from './commits.ts';
import type { DispatchIntake } from './dispatch-intake.ts';
import type { Registry } from './registry.ts';

/** What {@link ClassicDoor} needs. */
export interface ClassicDoorOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: Pick<Config, 'classicRepository'>;
  readonly registry: Registry;
  readonly commits: Commits;
  readonly dispatches: DispatchIntake;
  readonly classics: ClassicPool;
}

/** A registration has no end of its own: so much silence, in milliseconds, is one. */
const SILENCE_MS = 50;
/** How long one message may take, in milliseconds. */
const MESSAGE_MS = 60_000;

/** Connections of the chapter's own programs: one message and one answer each. */
export class ClassicDoor {
  readonly #options: ClassicDoorOptions;
  readonly #sockets = new Set<Socket>();

  constructor(options: ClassicDoorOptions) {
    this.#options = options;
  }

  /** Takes a socket whose first bytes were read already. */
  accept(socket: Socket, firstBytes: Buffer): void {
    const { clock } = this.#options;
    const reader = new ClassicReader();
    let isAnswered = false;
    let endSilence = () => {};
    const answer = (request: ClassicRequest) => {
      if (isAnswered) return;
      isAnswered = true;
      endSilence();
      void this.#answer(request).then((text) => socket.end(text));
    };
    const read = (step: () => ClassicRequest | undefined) => {
      try {
        const request = step();
        if (request !== undefined) answer(request);
      } catch (error) {
        socket.end(messageOf(error));
      }
    };
    const take = (bytes: Buffer) => {
      endSilence();
      if (isAnswered) return;
      read(() => reader.push(bytes));
      endSilence = clock.after(SILENCE_MS, () => read(() => reader.atSilence()));
    };
    this.#sockets.add(socket);
    const endPatience = clock.after(MESSAGE_MS, () => socket.destroy());
    socket.on('data', take);
    socket.on('end', () => read(() => reader.atSilence()));
    socket.on('close', () => {
      endSilence();
      endPatience();
      this.#sockets.delete(socket);
    });
    take(firstBytes);
  }

  /** Closes what is open. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #answer(request: ClassicRequest): Promise<string> {
    try {
      return await this.#obey(request);
    } catch (error) {
      this.#options.logger.warn({ err: error, classic: request.type }, 'a classic message could not be obeyed');
      return messageOf(error);
    }
  }

  async #obey(request: ClassicRequest): Promise<string> {
    switch (request.type) {
      case 'status':
        return 'OK';
      case 'register':
        return this.#register(request.host, request.port);
      case 'dispatch':
        return this.#dispatch(request.sha);
      case 'results':
        await this.#options.classics.results(request.sha, request.text);
        return 'OK';
      default:
        return request satisfies never;
    }
  }

  async #register(host: string, port: number): Promise<string> {
    const repository = await this.#repository();
    if (typeof repository === 'string') return repository;
    this.#options.classics.register(host, port, repository.id);
    return 'OK';
  }

  /** The one repository whose jobs classic runners get; in words why there is none. */
  async #repository(): Promise<RepositoryRecord | string> {
    const { config, registry } = this.#options;
    const known = await registry.list();
    const wanted = config.classicRepository;
    const named = known.find(({ name }) => name === wanted);
    if (named !== undefined) return named;
    if (wanted !== null) return `classic.repository in signalbox.yml is ${wanted}, which is not known; add it first`;
    if (known.length === 0) return 'no repository is known yet; add one first: signalbox add PATH';
    const [only, second] = known;
    if (only !== undefined && second === undefined) return only;
    return 'several repositories are known; say in signalbox.yml which one is for classic runners (classic.repository)';
  }

  async #dispatch(sha: string): Promise<string> {
    const { registry, commits, dispatches, clock } = this.#options;
    for (const repository of await registry.list()) {
      const commit = await commits.find(repository, sha);
      if (commit === undefined) continue;
      await dispatches.take({
        type: 'dispatch',
        request: 0,
        repository: repository.id,
        ref: 'HEAD',
        before: NO_COMMIT,
        after: sha,
        trigger: 'classic',
        receivedAt: clock.now().getTime(),
        commits: [
          {
            sha,
            title: commit.title.slice(0, 500),
            author: commit.author.slice(0, 500),
            committedAt: commit.committedAt.getTime(),
          },
        ],
      });
      return 'OK';
    }
    return `no known repository has the commit ${sha}; add the one it is from: signalbox add PATH`;
  }
}
