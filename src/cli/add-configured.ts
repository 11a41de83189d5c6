import type { Registry } from '../dispatcher/registry.ts';
import { messageOf } from '../support/ci-error.ts';
import type { ServerKit } from './serve.ts';

/** How long until what could not be added is tried again, in milliseconds. */
const RETRY_MS = 60_000;

/**
 * Watches the repositories that the file names with a source. One that cannot be reached now, because a disk is not
 * mounted or the network is not there yet, is tried again every minute until the server ends.
 */
export async function addConfigured(
  { config, clock, logger, parts }: Pick<ServerKit, 'config' | 'clock' | 'logger' | 'parts'>,
  registry: Pick<Registry, 'add'>,
): Promise<void> {
  const all = [...config.repositories].flatMap(([name, { sources = [] }]) =>
    sources.map((source) => ({ name, source })),
  );
  const missing = new Set(all);
  let isTrying = false;
  const tryAll = async (level: 'warn' | 'debug') => {
    if (isTrying) return;
    isTrying = true;
    for (const repository of missing)
      await registry.add(repository).then(
        () => missing.delete(repository),
        (error: unknown) => logger[level](repository, `it cannot be watched, and is tried again: ${messageOf(error)}`),
      );
    isTrying = false;
  };
  await tryAll('warn');
  const stop = clock.every(RETRY_MS, () => {
    if (missing.size === 0) stop();
    else void tryAll('debug');
  });
  parts.defer(async () => stop());
}
