import { join, resolve } from 'node:path';
import { settingsOf } from '../config/config.ts';
import { localName } from '../dispatcher/repository-name.ts';
import { gitDirOf } from '../git/refs.ts';
import { ClassicPort } from '../runner/classic-port.ts';
import { ClassicRunner } from '../runner/classic-runner.ts';
import { systemClock } from '../support/clock.ts';
import { acquireLock, type FileLock, LockedError } from '../support/file-lock.ts';
import { type HostPort, parseHostPort } from '../support/host-port.ts';
import type { Invocation } from './context.ts';
import { EXIT } from './exit-code.ts';
import { makeHome } from './home.ts';
import { logFormat, processLogger } from './logging.ts';
import { checkedName, type RunnerFlags, unlessNameInUse } from './runner-flags.ts';
import { runUntilLeft } from './runner-main.ts';
import { settingsFor } from './settings.ts';
import { UsageError } from './usage-error.ts';

/** What means something to a native runner only. */
const NATIVE_FLAGS = { dispatcher: '--dispatcher', labels: '--labels', slots: '--slots', tokenFile: '--token-file' };

/** `signalbox runner --classic HOST:PORT --repository PATH`. */
export async function runClassic(invocation: Invocation<RunnerFlags>, address: string): Promise<number> {
  const { context, options } = invocation;
  const dispatcher = dispatcherAt(address);
  const path = repositoryOf(options);
  const { workTree, commonDir } = await gitDirOf(resolve(context.cwd, path));
  const repository = workTree ?? commonDir;
  const config = await settingsFor(invocation);
  const repositoryName = localName(repository);
  const { dir, envPass, logLimitBytes, timeoutMs, reports } = settingsOf(config, repositoryName);
  await makeHome(config.home);
  const folder = await folderFor(config.home, dispatcher, options.name);
  const logger = processLogger(config.logLevel, logFormat(context.env, context.terminal.stderr.isTTY === true));
  const runner = new ClassicRunner({
    ...{ dispatcher, repository, repositoryName, clock: systemClock, env: context.env },
    ...{ ...folder, port: await ClassicPort.open() },
    settings: { dir, envPass, logLimitBytes, timeoutMs, reports },
    once: options.once === true,
    logger: logger.child({ component: folder.name }),
  });
  await runUntilLeft(runner);
  return EXIT.done;
}

/** A name, and the folder that goes with it, locked. */
interface Folder {
  readonly name: string;
  readonly home: string;
  readonly lock: FileLock;
}

/**
 * The runner's folder: what it could not deliver is in there, and its successor delivers it. So the folder is that of a
 * dispatcher, and where no name was given, the first that no other runner has.
 */
async function folderFor(home: string, { host, port }: HostPort, given: string | undefined): Promise<Folder> {
  const where = `${host.replace(/[^A-Za-z0-9.-]/g, '-')}-${port}`;
  if (given !== undefined)
    return unlessNameInUse(given, home, lockedFolder(home, `classic-${checkedName(given)}-${where}`));
  for (let number = 1; ; number++) {
    const folder = await lockedFolder(home, `classic-${where}-${number}`).catch((error: unknown) => {
      if (!(error instanceof LockedError)) throw error;
    });
    if (folder !== undefined) return folder;
  }
}

async function lockedFolder(home: string, name: string): Promise<Folder> {
  const folder = join(home, 'runners', name);
  return { name, home: folder, lock: await acquireLock(join(folder, 'lock.db')) };
}

function dispatcherAt(address: string): HostPort {
  const { host, port } = parseHostPort(address);
  if (host !== '' && Number.isInteger(port) && port > 0 && port < 65_536) return { host, port };
  throw new UsageError(`--classic is "${address}"; it must be the HOST:PORT of a dispatcher, like localhost:8888`);
}

function repositoryOf(options: RunnerFlags): string {
  for (const [name, flag] of Object.entries(NATIVE_FLAGS))
    if (name in options) throw new UsageError(`${flag} means nothing to a runner with --classic; leave it out`);
  if (options.repository !== undefined) return options.repository;
  throw new UsageError('--classic needs --repository PATH: a repository on this machine that has the commits');
}
