import { type DestinationStream, type LevelWithSilent, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** What is logged from the least to the most urgent; `silent` logs nothing. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Never written to a log, wherever they stand. */
const HIDDEN = ['token', 'secret', 'secrets', 'password', 'authorization', 'cookie'].flatMap((name) => [
  ...[name, `*.${name}`, `*.*.${name}`],
]);

/**
 * The logger of one process: JSON lines to `destination` (default: stderr, since stdout is for data).
 * Children are made per component: `logger.child({ component: 'dispatcher' })`.
 */
export function createLogger(level: LevelWithSilent = 'info', destination?: DestinationStream): Logger {
  const options = { level, base: null, redact: HIDDEN };
  return pino(options, destination ?? pino.destination({ dest: 2, sync: true }));
}
