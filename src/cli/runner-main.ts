import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Workspace } from '../git/workspace.ts';
import { Runner, type RunnerOptions } from '../runner/runner.ts';
import { CiError } from '../support/ci-error.ts';
import { systemClock } from '../support/clock.ts';
import { parseHostPort } from '../support/host-port.ts';
import { LOG_LEVELS, type Logger } from '../support/logger.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { HomeError, readAddress } from './home.ts';
import { LOG_FORMATS, processLogger } from './logging.ts';
import { MACHINE_LABELS } from './machine-labels.ts';
import { stopSignals } from './signals.ts';

/** How one runner process is set up; what is the same for all of them is filled in by {@link runRunner}. */
export interface RunnerProcessOptions
  extends Pick<RunnerOptions, 'name' | 'labels' | 'slots' | 'dispatcher' | 'token' | 'once' | 'stays'> {
  /** Home folder of the installation on this machine. */
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
}

/**
 * Runs a runner until it has left. The first SIGTERM drains, the second stops.
 * @throws {LockedError} if a runner of this name works on this home. @throws {RunnerRefusedError} by the dispatcher.
 */
export async function runRunner({ home, ...options }: RunnerProcessOptions): Promise<void> {
  const { logger } = options;
  const runners = join(home, 'runners');
  const runner = new Runner({
    ...options,
    home: join(runners, options.name),
    shared: join(runners, '.shared'), // no runner can have this name
    clock: systemClock,
    openWorkspace: (folder) => new Workspace({ folder, logger }),
    starterEntry: fileURLToPath(new URL('./starter-entry.mjs', import.meta.url)),
  });
  listenToParent(runner, options.stays === true);
  await runUntilLeft(runner);
}

/** What leaves by itself when it was drained. */
type Leaving = Pick<Runner, 'start' | 'finished' | 'drain' | 'stop'>;

/** Starts a runner and waits until it has left. The first SIGTERM drains, the second stops. */
export async function runUntilLeft(runner: Leaving): Promise<void> {
  const signals = stopSignals(systemClock);
  void signals.drain.then(() => runner.drain());
  void signals.now.then(() => runner.stop());
  try {
    await runner.start();
    await runner.finished;
  } finally {
    await runner.stop();
    // the signals are taken until the process is gone: one more, while it ends, must not take the place of its exit code
    process.removeAllListeners('disconnect');
    if (process.connected) process.disconnect();
  }
}

/** Hears what `up` says over the channel, and its death by the end of the channel; `hasParent`: one that `up` started. */
function listenToParent(runner: Runner, hasParent: boolean): void {
  if (!process.connected) {
    if (hasParent) runner.setOrphaned(); // `up` died while this program was being loaded
    return;
  }
  process.on('message', (command) => {
    if (command === 'drain') runner.drain();
    else if (command === 'stop') void runner.stop();
  });
  process.once('disconnect', () => runner.setOrphaned());
}

/** The program of a runner that `up` started. */
export async function runRunnerProcess(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const text = { type: 'string' } as const;
  const options = { home: text, name: text, 'log-level': text, 'log-format': text };
  const { values } = parseArgs({ args: [...argv], options });
  const { home = '', name = '' } = values;
  const level = LOG_LEVELS.find((one) => one === values['log-level']) ?? 'info';
  const format = LOG_FORMATS.find((one) => one === values['log-format']) ?? 'json';
  const logger = processLogger(level, format).child({ component: name });
  const token = () => readFileSync(join(home, 'token'), 'utf8').trim();
  const dispatcher = () => dispatcherOfHome(home);
  const own = { home, name, labels: MACHINE_LABELS, slots: 1, once: false, stays: true };
  process.exitCode = EXIT.done;
  await runRunner({ ...own, env, logger, token, dispatcher }).catch((error: unknown) => {
    const isKnown = error instanceof CiError;
    logger.fatal(isKnown ? { code: error.code } : { err: error }, isKnown ? error.message : 'the runner has a bug');
    process.exitCode = exitCodeOf(error);
  });
  process.exit();
}

/** Where the server of this home has its dispatcher now. */
async function dispatcherOfHome(home: string) {
  const address = await readAddress(home);
  if (address === undefined) throw new HomeError(`no server runs on the home ${home} now`);
  return parseHostPort(address.dispatcher);
}
