import { execFile } from 'node:child_process';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';

/** How long the word may take, in milliseconds. */
const TELL_MS = 5_000;

/** What systemd can be told. */
export type SystemdWord = 'READY=1' | 'STOPPING=1' | 'WATCHDOG=1';

/**
 * Tells systemd how it is, where it wants to know (`Type=notify` sets `NOTIFY_SOCKET`): Node has no sockets of that kind, so its
 * own program says it. Nothing is waited for: a server that runs is not to end because nobody hears of it.
 */
export function tellSystemd(word: SystemdWord, env: NodeJS.ProcessEnv, logger: Logger): void {
  if (!env.NOTIFY_SOCKET) return;
  // without --no-block it waits for an answer that only comes when the service is up
  execFile('systemd-notify', ['--no-block', word], { env, timeout: TELL_MS }, (error) => {
    if (error !== null) logger.warn({ error: error.message }, 'systemd could not be told; is systemd-notify there?');
  });
}

/**
 * Says twice in each `WatchdogSec` that the event loop turns, where the unit has one: systemd starts a server anew that does not.
 * Gives what ends it.
 */
export function keepSystemdCalm(clock: Pick<Clock, 'every'>, env: NodeJS.ProcessEnv, logger: Logger): () => void {
  const everyMs = Number(env.WATCHDOG_USEC ?? '') / 2_000;
  if (!env.NOTIFY_SOCKET || !(everyMs >= 1)) return () => {};
  return clock.every(everyMs, () => tellSystemd('WATCHDOG=1', env, logger));
}
