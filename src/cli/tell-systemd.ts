import { execFile } from 'node:child_process';
import type { Logger } from '../support/logger.ts';

/** How long the word may take, in milliseconds. */
const TELL_MS = 5_000;

/**
 * Tells systemd how it is, where it wants to know (`Type=notify` sets `NOTIFY_SOCKET`): Node has no sockets of that kind, so its
 * own program says it. Nothing is waited for: a server that runs is not to end because nobody hears of it.
 */
export function tellSystemd(state: '--ready' | '--stopping', env: NodeJS.ProcessEnv, logger: Logger): void {
  if (!env.NOTIFY_SOCKET) return;
  // without --no-block it waits for an answer that only comes when the service is up
  const words = state === '--ready' ? ['--ready', '--no-block'] : ['--no-block', 'STOPPING=1'];
  execFile('systemd-notify', words, { env, timeout: TELL_MS }, (error) => {
    if (error !== null) logger.warn({ error: error.message }, 'systemd could not be told; is systemd-notify there?');
  });
}
