import { join } from 'node:path';
import type { Invocation } from './context.ts';
import { reporterOf, serverFor } from './reporter-role.ts';
import { type RunningServer, type ServerKit, serve } from './serve.ts';

/** The lock of a home's reporter. */
export function reporterLockPath(home: string): string {
  return join(home, 'reporter-lock.db');
}

/** `signalbox reporter`. */
export function run(invocation: Invocation): Promise<number> {
  return serve({
    invocation,
    locks: (home) => [reporterLockPath(home)],
    addressFile: 'reporter.json', // never written: it listens to nothing
    start,
  });
}

async function start(kit: ServerKit): Promise<RunningServer> {
  const reporter = await kit.parts.start(reporterOf(kit, () => serverFor(kit.config)));
  // it may have no socket and no child for a while, which Node takes for the end
  const awake = setInterval(() => {}, 3_600_000);
  kit.parts.defer(async () => clearInterval(awake));
  return { ready: {}, drain: () => reporter.stop() };
}
