import { join } from 'node:path';
import { ClassicPort } from '../../src/runner/classic-port.ts';
import { ClassicRunner, type ClassicRunnerOptions } from '../../src/runner/classic-runner.ts';
import { acquireLock } from '../../src/support/file-lock.ts';
import { createLogger } from '../../src/support/logger.ts';
import { ChapterDispatcher } from './chapter.ts';
import { ManualClock } from './manual-clock.ts';
import { tempDir } from './temp.ts';

/** A classic runner, the dispatcher that it works for, and what they have between them. */
export class ClassicScene implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly #repository: string;
  readonly #dir: AsyncDisposable & { readonly path: string };
  dispatcher: ChapterDispatcher;
  #runner: ClassicRunner | undefined;

  private constructor(repository: string, dir: AsyncDisposable & { readonly path: string }, first: ChapterDispatcher) {
    this.#repository = repository;
    this.#dir = dir;
    this.dispatcher = first;
  }

  /** Starts both, and waits for the registration. */
  static async start(repository: string, wishes: Partial<ClassicRunnerOptions> = {}): Promise<ClassicScene> {
    const scene = await ClassicScene.begin(repository);
    await scene.startRunner(wishes);
    await scene.dispatcher.registered();
    return scene;
  }

  /** With a dispatcher, without a runner. */
  static async begin(repository: string): Promise<ClassicScene> {
    const [dir, dispatcher] = await Promise.all([tempDir('signalbox-classic-'), ChapterDispatcher.start()]);
    return new ClassicScene(repository, dir, dispatcher);
  }

  /** Folder of the runner. */
  get home(): string {
    return join(this.#dir.path, 'r');
  }

  /** The one that was started last. */
  get runner(): ClassicRunner {
    if (this.#runner === undefined) throw new Error('no runner was started');
    return this.#runner;
  }

  async startRunner(wishes: Partial<ClassicRunnerOptions> = {}): Promise<void> {
    this.#runner = new ClassicRunner({
      dispatcher: this.dispatcher.address,
      port: await ClassicPort.open({ first: 0, last: 0 }),
      lock: await acquireLock(join(this.home, 'lock.db')),
      repository: this.#repository,
      repositoryName: 'local/app',
      settings: { dir: '', envPass: [], logLimitBytes: 1e8, timeoutMs: 3_600_000 },
      name: 'classic-test',
      home: this.home,
      clock: this.clock,
      logger: createLogger('silent'),
      env: { PATH: process.env.PATH },
      ...wishes,
    });
    await this.#runner.start();
  }

  /** Ends the dispatcher; the returned function starts another at the same address, which knows nothing. */
  async losesDispatcher(): Promise<() => Promise<void>> {
    const { port } = this.dispatcher.address;
    await this.dispatcher[Symbol.asyncDispose]();
    return async () => {
      this.dispatcher = await ChapterDispatcher.start(port);
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runner?.stop();
    await this.dispatcher[Symbol.asyncDispose]();
    await this.#dir[Symbol.asyncDispose]();
  }
}
