import { join } from 'node:path';
import { Runner, type RunnerOptions } from '../../src/runner/runner.ts';
import { systemClock } from '../../src/support/clock.ts';
import { createLogger } from '../../src/support/logger.ts';
import { builtProgram } from './build.ts';
import { FakeDispatcher, type FakeDispatcherOptions, shell } from './fake-dispatcher.ts';
import { tempDir } from './temp.ts';

/** A runner and the dispatcher that it is connected to. */
export interface TestRunner extends AsyncDisposable {
  readonly runner: Runner;
  readonly dispatcher: FakeDispatcher;
  /** Folder of the runner. */
  readonly home: string;
}

/** What of a runner a test wants otherwise. */
export type RunnerWishes = Partial<Omit<RunnerOptions, 'home'>> & { readonly dispatching?: FakeDispatcherOptions };

/** Options of a runner that connects to `dispatcher`. */
export function runnerOptions(dispatcher: FakeDispatcher, home: string, wishes: RunnerWishes = {}): RunnerOptions {
  const { dispatching: _, ...options } = wishes;
  return {
    dispatcher: async () => dispatcher.address,
    token: () => 'token',
    name: 'one',
    labels: [],
    slots: 1,
    home,
    clock: systemClock,
    logger: createLogger('silent'),
    env: { PATH: process.env.PATH, USER: 'ada' },
    ...options,
  };
}

/** Starts both, and waits until the dispatcher has heard hello. */
export async function startRunner(wishes: RunnerWishes = {}): Promise<TestRunner> {
  const dir = await tempDir('signalbox-runner-');
  const home = join(dir.path, 'r');
  const dispatcher = await FakeDispatcher.start(wishes.dispatching);
  const runner = new Runner(runnerOptions(dispatcher, home, wishes));
  await runner.start();
  await dispatcher.received('hello');
  const dispose = async () => {
    await runner.stop();
    await dispatcher[Symbol.asyncDispose]();
    await dir[Symbol.asyncDispose]();
  };
  return { runner, dispatcher, home, [Symbol.asyncDispose]: dispose };
}

/** The same with a process that starts its steps, which is there when this resolves; with its number. */
export async function startRunnerWithStarter(
  wishes: RunnerWishes = {},
): Promise<TestRunner & { readonly starter: number }> {
  const one = await startRunner({ ...wishes, starterEntry: (await builtProgram()).starter });
  // before it is there the runner starts them itself
  for (;;) {
    const { log } = await one.dispatcher.run({ spec: { steps: [shell('echo "parent $PPID"')] } });
    const starter = Number(/^parent (\d+)$/m.exec(log)?.[1]);
    if (starter !== process.pid) return { ...one, starter };
  }
}
