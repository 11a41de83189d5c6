import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { LoadedConfig } from '../config/load.ts';
import type { Invocation } from './context.ts';
import { dispatcherFor } from './dispatcher-for.ts';
import { EXIT } from './exit-code.ts';
import { makeHome, tokenIn } from './home.ts';
import { logFormat, processLogger } from './logging.ts';
import { MACHINE_LABELS } from './machine-labels.ts';
import { wholeNumber } from './options.ts';
import { checkedName, type RunnerFlags, unlessNameInUse } from './runner-flags.ts';
import { runRunner } from './runner-main.ts';
import { settingsFor } from './settings.ts';
import { UsageError } from './usage-error.ts';

/** `signalbox runner`. */
export async function run(invocation: Invocation<RunnerFlags>): Promise<number> {
  const { context, options } = invocation;
  if (options.classic !== undefined)
    return (await import('./runner-classic.ts')).runClassic(invocation, options.classic);
  if (options.repository !== undefined) throw new UsageError('--repository PATH goes with --classic HOST:PORT');
  const config = await settingsFor(invocation);
  const name = checkedName(options.name ?? hostname().replace(/[^A-Za-z0-9._-]/g, '-'));
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
  await unlessNameInUse(name, config.home, runner);
  return EXIT.done;
}

async function tokenFor(file: string | undefined, { home }: LoadedConfig, cwd: string): Promise<string> {
  const path = file === undefined ? join(home, 'token') : resolve(cwd, file);
  const remedy = 'copy the file "token" from the home folder of the dispatcher and name it with --token-file';
  const token = await tokenIn(path, remedy);
  if (token !== undefined) return token;
  throw new UsageError(`there is no token in ${path}; ${remedy}`);
}
