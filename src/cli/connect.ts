import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadedConfig } from '../config/load.ts';
import { Api, UnreachableError } from '../protocol/api.ts';
import { acquireLock, type FileLock, LockedError } from '../support/file-lock.ts';
import type { Invocation } from './context.ts';
import { makeHome, readAddress, readToken } from './home.ts';
import { settingsFor } from './settings.ts';
import { NoServerError } from './usage-error.ts';

/** How long whoever holds a home, but does not answer (yet), is waited for, in milliseconds. */
const STARTING_MS = 10_000;
const LOOK_MS = 50;

/** The lock of a home's store: held by `up`, by a dispatcher alone, or by a command while nothing runs. */
export function homeLockPath(home: string): string {
  return join(home, 'lock.db');
}

/** Work of a command with an API: of the server that runs, or of the same code in this process. */
export type ApiWork = (api: Api, config: LoadedConfig) => Promise<number>;

/**
 * Does `work` through the API of the server that runs on the home; when none does, through the same API, opened in this
 * process for so long, under the lock of the home.
 * @throws {NoServerError} if there is no such home yet, unless `makesHome`.
 */
export async function withApi(invocation: Invocation, work: ApiWork, makesHome = false): Promise<number> {
  const config = await settingsFor(invocation);
  const { home } = config;
  if (!existsSync(home) && !makesHome) throw new NoServerError(home);
  await makeHome(home);
  const found = await serverOrLock(home);
  if (found instanceof Api) return work(found, config);
  try {
    const { withOwnApi } = await import('./own-api.ts');
    return await withOwnApi(config, (api) => work(api, config));
  } finally {
    await found.release();
  }
}

/** Whoever holds the home is a server, perhaps one that is starting, or a command like this one that ends in a moment. */
async function serverOrLock(home: string): Promise<Api | FileLock> {
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    const found = (await tryLock(home)) ?? (await apiNow(home, 'address.json'));
    if (found !== undefined) return found;
    if (waitedMs >= STARTING_MS) throw new NoServerError(home);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Does `work` through the API of the server that runs on the home. @throws {NoServerError} when none does. */
export async function withServer(invocation: Invocation, work: ApiWork): Promise<number> {
  const config = await settingsFor(invocation);
  return work(await serverOf(config.home, 'address.json'), config);
}

/** The same with the observer's API, which is the same server unless it runs alone. */
export async function withObserver(invocation: Invocation, work: ApiWork): Promise<number> {
  const config = await settingsFor(invocation);
  const isAlone = (await readAddress(config.home, OBSERVER_ADDRESS)) !== undefined;
  return work(await serverOf(config.home, isAlone ? OBSERVER_ADDRESS : 'address.json'), config);
}

/** Where an observer that runs alone says where it is. */
export const OBSERVER_ADDRESS = 'observer.json';

async function serverOf(home: string, name: string): Promise<Api> {
  const lock = existsSync(home) ? await tryLock(home, name) : null;
  if (lock === undefined) return runningApi(home, name);
  await lock?.release();
  throw new NoServerError(home);
}

/** The lock of the home, if nobody holds it. That somebody does is what tells that the address is not an old one. */
async function tryLock(home: string, name = 'address.json'): Promise<FileLock | undefined> {
  try {
    return await acquireLock(name === OBSERVER_ADDRESS ? observerLockPath(home) : homeLockPath(home));
  } catch (error) {
    if (error instanceof LockedError) return undefined;
    throw error;
  }
}

/** The lock of a home's observer. */
export function observerLockPath(home: string): string {
  return join(home, 'observer-lock.db');
}

/** The API of the server that holds the home; one that is starting is waited for. */
async function runningApi(home: string, name = 'address.json'): Promise<Api> {
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    const api = await apiNow(home, name);
    if (api !== undefined) return api;
    if (waitedMs >= STARTING_MS) throw new NoServerError(home);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** The API of the server that holds the home, if it answers now. */
async function apiNow(home: string, name: string): Promise<Api | undefined> {
  const address = await readAddress(home, name);
  if (address === undefined) return undefined;
  const api = new Api(address.http, await readToken(home));
  return (await answers(api)) ? api : undefined;
}

/** Does a server answer there? */
export async function answers(api: Api): Promise<boolean> {
  try {
    const response = await api.open('/healthz');
    response.resume();
    return true;
  } catch (error) {
    if (error instanceof UnreachableError) return false;
    throw error;
  }
}
