import type { RetentionSettings } from '../../src/config/config.ts';
import { DEFAULT_SETTINGS } from '../../src/config/load.ts';
import { Background } from '../../src/dispatcher/background.ts';
import { Upkeep } from '../../src/dispatcher/upkeep.ts';
import type { KeepTimes } from '../../src/model/retention.ts';
import type { LogStore } from '../../src/store/log-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { Clock } from '../../src/support/clock.ts';
import { createLogger } from '../../src/support/logger.ts';

export const DAY_MS = 86_400_000;
/** A hundred days for runs, thirty for logs, sixty for reports. */
export const KEEP: KeepTimes = { runsMs: 100 * DAY_MS, logsMs: 30 * DAY_MS, reportsMs: 60 * DAY_MS };

/** Retention over a store, whose looks a test asks for. */
export function upkeepOf(
  where: { home: string; store: Store; logs: LogStore; clock: Clock; pause?: () => Promise<void> },
  bounds: Partial<RetentionSettings> = {},
): Upkeep {
  const logger = createLogger('silent');
  const background = new Background({ logger, fatal: () => {} });
  const forever = Number.POSITIVE_INFINITY;
  const retention = {
    logsBytes: forever,
    eventsMs: forever,
    deliveriesMs: forever,
    deliveriesBytes: forever,
    ...bounds,
  };
  const config = { defaults: { ...DEFAULT_SETTINGS, keep: KEEP }, repositories: new Map(), retention };
  const pause = () => new Promise<void>((resolve) => setImmediate(resolve));
  return new Upkeep({ pause, ...where, logger, background, config });
}
