import type { LoadedConfig } from '../config/load.ts';
import { Api } from '../protocol/api.ts';
import { CiError } from '../support/ci-error.ts';
import { type Clock, systemClock } from '../support/clock.ts';
import { deferred } from '../support/deferred.ts';
import { acquireLock, type FileLock, LockedError } from '../support/file-lock.ts';
import type { Logger } from '../support/logger.ts';
import { answers } from './connect.ts';
import type { Context, Invocation } from './context.ts';
import { EXIT } from './exit-code.ts';
import { makeHome, readAddress, readToken } from './home.ts';
import { type LogFormat, logFormat, processLogger } from './logging.ts';
import { settingsFor } from './settings.ts';
import { stopSignals } from './signals.ts';
import { StartedParts } from './started-parts.ts';
import { keepSystemdCalm, tellSystemd } from './tell-systemd.ts';

/** What the parts of a server are made with. */
export interface ServerKit {
  readonly config: LoadedConfig;
  readonly context: Context;
  readonly token: string;
  readonly logger: Logger;
  readonly logFormat: LogFormat;
  readonly clock: Clock;
  /** Everything that has to be ended at the end. */
  readonly parts: StartedParts;
  /** Ends the process: what is on the disk cannot be trusted any more, or there is a bug. */
  readonly fatal: (error: Error) => void;
}

/** A server that runs. */
export interface RunningServer {
  /** Takes no new work; fulfilled when what runs is finished. */
  drain(): Promise<void>;
  /** Told to whoever started it; `ready` and its addresses. */
  readonly ready: { readonly http?: string; readonly dispatcher?: string };
  /** What follows when `ready` was told. Not awaited; its errors are logged. */
  afterReady?(): Promise<void>;
}

/** A command that runs until it is told to end. */
export interface ServeOptions {
  readonly invocation: Invocation;
  /** Default port of the page. */
  readonly httpPort?: number;
  /** What it must hold alone, in the home. */
  readonly locks: (home: string) => readonly string[];
  /** Name of the file with its address. */
  readonly addressFile: string;
  readonly start: (kit: ServerKit) => Promise<RunningServer>;
}

/** How long the end may take when there is no time to lose, in milliseconds. */
const END_MS = 10_000;

/** Runs a server from its start to its end; the exit code. */
export async function serve(options: ServeOptions): Promise<number> {
  const { invocation } = options;
  const { context } = invocation;
  context.terminal.isOfServer = true;
  const config = await settingsFor(invocation, options.httpPort);
  const format = logFormat(context.env, context.terminal.stderr.isTTY === true);
  const logger = processLogger(config.logLevel, format);
  const broken = deferred<Error>();
  const onBug = (error: Error) => broken.resolve(error);
  process.on('uncaughtException', onBug);
  const signals = stopSignals(systemClock);
  const parts = new StartedParts();
  const { home } = config;
  try {
    await makeHome(home);
    for (const path of options.locks(home)) {
      const lock = await lockHome(home, path, options.addressFile);
      parts.defer(() => lock.release());
    }
    for (const notice of config.notices) logger.warn(notice);
    const kit = { config, context, logger, logFormat: format, clock: systemClock, parts, fatal: onBug };
    const server = await options.start({ ...kit, token: await readToken(home) });
    sayReady(server.ready, invocation);
    tellSystemd('READY=1', context.env, logger);
    const leaveSystemd = keepSystemdCalm(systemClock, context.env, logger);
    parts.defer(async () => leaveSystemd());
    server.afterReady?.().catch((error: unknown) => logger.error({ err: error }, 'the start could not be completed'));
    const draining = () => tellSystemd('STOPPING=1', context.env, logger);
    return await untilEnd(server, { signals, broken: broken.promise, logger, parts, draining });
  } catch (error) {
    signals.release();
    throw error;
  } finally {
    await within(END_MS, parts.end());
    // the signals are taken until the process is gone: one more, while it ends, must not take the place of its exit code
    process.off('uncaughtException', onBug);
  }
}

/** Waits for the end that is asked for, or that nobody asked for. */
async function untilEnd(
  server: RunningServer,
  {
    signals,
    broken,
    logger,
    parts,
    draining,
  }: {
    signals: ReturnType<typeof stopSignals>;
    broken: Promise<Error>;
    logger: Logger;
    parts: StartedParts;
    draining: () => void;
  },
): Promise<number> {
  const failed = broken.then((error) => {
    const isKnown = error instanceof CiError;
    logger.fatal(isKnown ? { code: error.code } : { err: error }, isKnown ? error.message : 'a bug: please report it');
    return EXIT.impossible;
  });
  const asked = await Promise.race([signals.drain.then(() => undefined), failed]);
  if (asked !== undefined) return asked;
  draining();
  logger.info('no new jobs are started; waiting for those that run (once more: stop at once)');
  const drained = server.drain().then(() => EXIT.done);
  const exitCode = await Promise.race([drained, failed, signals.now.then(() => EXIT.impossible)]);
  drained.catch(() => {});
  // whoever waits for the end hears of a failure to end, too
  await within(END_MS, parts.end());
  return exitCode;
}

function sayReady({ http, dispatcher }: RunningServer['ready'], { context, options }: Invocation): void {
  if (options.json) {
    context.terminal.json({ msg: 'ready', http, dispatcher });
    return;
  }
  const words = [
    'ready',
    ...(http === undefined ? [] : [http]),
    ...(dispatcher === undefined ? [] : ['dispatcher', dispatcher]),
  ];
  context.terminal.line(words.join(' '));
}

/**
 * Takes the lock of the home. A command that works on the home while no server runs holds it for a moment, so it is
 * tried for a while, unless a server answers.
 */
async function lockHome(home: string, path: string, addressFile: string): Promise<FileLock> {
  for (let waitedMs = 0; ; waitedMs += 100) {
    try {
      return await acquireLock(path);
    } catch (error) {
      if (!(error instanceof LockedError)) throw error;
      const address = await readAddress(home, addressFile);
      const isServed = address !== undefined && (await answers(new Api(address.http, '-')));
      if (isServed) throw new HomeInUseError(home, address.http);
      if (waitedMs >= 5_000) throw new HomeInUseError(home);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Another server runs on this home. */
export class HomeInUseError extends CiError {
  override readonly name = 'HomeInUseError';
  readonly code = 'E_LOCKED';
  constructor(home: string, http?: string) {
    const where = http === undefined ? '' : ` (${http})`;
    super(
      `another Signalbox runs on the home ${home} already${where}; use that one, stop it, or start this one on another ` +
        'home with --home DIR',
    );
  }
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, tooLong]);
  clearTimeout(timer);
}
