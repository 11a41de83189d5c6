import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { LoadedConfig } from '../config/load.ts';
import { CiError } from '../support/ci-error.ts';
import { LockedError } from '../support/file-lock.ts';
import type { Invocation } from './context.ts';
import { dispatcherFor } from './dispatcher-for.ts';
import { EXIT } from './exit-code.ts';
import { makeHome, tokenIn } from './home.ts';
import { logFormat, processLogger } from './logging.ts';
import { wholeNumber } from './options.ts';
import { MACHINE_LABELS, runRunner } from './runner-main.ts';
import { settingsFor } from './settings.ts';
import { UsageError } from './usage-error.ts';

/** Another runner has this name on this home. */
class NameInUseError extends CiError {
  override readonly name = 'NameInUseError';
  readonly code = 'E_LOCKED';
  constructor(name: string, home: string, cause: unknown) {
    super(`a runner named ${name} runs on the home ${home} already; give this one another name with --name`, { cause });
  }
}

interface RunnerFlags {
  readonly name?: string;
  readonly labels?: string;
  readonly slots?: string;
  readonly tokenFile?: string;
  readonly once?: boolean;
  readonly classic?: string;
  readonly repository?: string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** `signalbox runner`. */
export async function run(invocation: Invocation<RunnerFlags>): Promise<number> {
  const { context, options } = invocation;
  if (options.classic !== undefined) {
    context.terminal.say('signalbox: "runner --classic" is not there yet');
    return EXIT.impossible;
  }
  const config = await settingsFor(invocation);
  const name = options.name ?? hostname().replace(/[^A-Za-z0-9._-]/g, '-');
  if (!NAME.test(name)) throw new UsageError(`--name is "${name}"; it must be letters, digits, ".", "_" and "-"`);
  const slots = wholeNumber('--slots', options.slots, 1, 1000) ?? 1;
  const token = await tokenFor(options.tokenFile, config, context.cwd);
  await makeHome(config.home);
  const format = logFormat(context.env, context.terminal.stderr.isTTY === true);
  const runner = runRunner({
    ...{ home: config.home, name, slots, env: context.env, once: options.once === true },
    labels: [...new Set([...MACHINE_LABELS, ...(options.labels?.split(',').filter((label) => label !== '') ?? [])])],
    logger: processLogger(config.logLevel, format).child({ component: name }),
    token: () => token,
    dispatcher: () => dispatcherFor(config),
  });
  await runner.catch((error: unknown) => {
    throw error instanceof LockedError ? new NameInUseError(name, config.home, error) : error;
  });
  return EXIT.done;
}

async function tokenFor(file: string | undefined, { home }: LoadedConfig, cwd: string): Promise<string> {
  const path = file === undefined ? join(home, 'token') : resolve(cwd, file);
  const token = await tokenIn(path);
  if (token !== undefined) return token;
  throw new UsageError(
    `there is no token in ${path}; copy the file "token" from the home folder of the dispatcher and name it with --token-file`,
  );
}
