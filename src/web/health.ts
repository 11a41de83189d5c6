import { statfs } from 'node:fs/promises';
import { Router } from 'express';
import { DISK_FLOOR_BYTES } from '../model/disk-floor.ts';
import { messageOf } from '../support/ci-error.ts';
import { errorBody } from '../support/http-guard.ts';
import type { WebContext } from './context.ts';

/** How long an answer is good, in milliseconds: asking does not wear out the disk. */
const FRESH_MS = 1_000;
/** How long the store may take to write, in milliseconds. */
const CHECK_MS = 5_000;

/** What can be ready or not; the observer alone has a store of its own. */
export interface HealthContext extends Pick<WebContext, 'clock'> {
  readonly store: Pick<WebContext['store'], 'check'>;
  readonly config: Pick<WebContext['config'], 'home'>;
}

/** `/healthz` (the loop turns) and `/readyz` (work can be taken). They tell no secrets, and everybody may ask. */
export function healthRoutes(context: HealthContext): Router {
  const router = Router({ caseSensitive: true, strict: true });
  let last: { atMs: number; problem: Promise<string | undefined> } | undefined;
  router.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  router.get('/readyz', async (_request, response) => {
    const nowMs = context.clock.monotonicMs();
    if (last === undefined || nowMs - last.atMs >= FRESH_MS) last = { atMs: nowMs, problem: findProblem(context) };
    const problem = await last.problem;
    if (problem === undefined) return void response.json({ status: 'ready' });
    response.status(503).set('Retry-After', '5').json(errorBody('E_NOT_READY', problem));
  });
  return router;
}

async function findProblem({ store, config, clock }: HealthContext): Promise<string | undefined> {
  let stop = () => {};
  const tooLong = new Promise<string>((resolve) => {
    stop = clock.after(CHECK_MS, () =>
      resolve(`the database did not write for ${CHECK_MS / 1_000} s; is the disk slow or full?`),
    );
  });
  try {
    return await Promise.race([tooLong, store.check().then(() => diskProblem(config.home))]);
  } catch (error) {
    return messageOf(error);
  } finally {
    stop();
  }
}

async function diskProblem(home: string): Promise<string | undefined> {
  const { bavail, bsize } = await statfs(home);
  if (bavail * bsize >= DISK_FLOOR_BYTES) return undefined;
  const free = Math.floor((bavail * bsize) / 1_000_000);
  const floor = DISK_FLOOR_BYTES / 1_000_000;
  return `only ${free} MB of disk are free where the home folder is, and no job starts below ${floor} MB: those for a runner here wait until there is room; make some`;
}
