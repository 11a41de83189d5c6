import { join } from 'node:path';
import { describeBytes } from '../../model/disk-floor.ts';
import { messageOf } from '../../support/ci-error.ts';
import { type BuiltinAction, type BuiltinContext, type BuiltinEnd, DONE } from './builtin.ts';
import { CacheEntries, versionOfPaths } from './cache-entries.ts';
import { pack, pathsToKeep, unpack } from './cache-files.ts';
import { failed, InputError, linesOf, yesOrNo } from './inputs.ts';

const REQUIRED = ['path', 'key'];

/** Entries of one repository may take so much; then those that were not used for the longest time go. As on GitHub. */
const LIMIT_BYTES = 10e9;

/** `actions/cache/restore` */
export const cacheRestore: BuiltinAction = { main: (context) => guarded(() => restore(context)) };

/** `actions/cache/save` */
export const cacheSave: BuiltinAction = { main: (context) => guarded(() => save(context, keyOf(context))) };

/** `actions/cache`: restores, and saves at the end of a job that was successful, unless the key was there. */
export const cache: BuiltinAction = {
  main: (context) => guarded(() => restore(context)),
  async post(context) {
    const { key, matched } = context.state;
    if (key === undefined) return DONE;
    if (matched === key) {
      context.log(`[signalbox] the cache has ${key} already: nothing to save`);
      return DONE;
    }
    return guarded(() => save(context, key));
  },
};

async function guarded(act: () => Promise<BuiltinEnd>): Promise<BuiltinEnd> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof InputError) return failed(error.message);
    throw error;
  }
}

async function restore(context: BuiltinContext): Promise<BuiltinEnd> {
  const { inputs, log, setOutput, saveState } = context;
  const key = keyOf(context);
  const keys = [key, ...linesOf(inputs['restore-keys'])];
  if (keys.length > 10) throw new InputError('there can be at most 10 keys');
  for (const other of keys) checkKey(other);
  setOutput('cache-primary-key', key);
  saveState('key', key);
  const found = entriesOf(context).find(keys, versionOf(context));
  if (found === undefined) {
    if (yesOrNo(inputs, 'fail-on-cache-miss'))
      return failed(`the cache has nothing for ${key}, and fail-on-cache-miss is true`);
    log(`[signalbox] the cache has nothing for ${keys.join(', ')}`);
    return DONE;
  }
  if (!yesOrNo(inputs, 'lookup-only')) {
    try {
      await unpack(context, found.folder);
    } catch (error) {
      warn(context, `what the cache has for ${found.key} could not be restored: ${messageOf(error)}`);
      return DONE;
    }
  }
  saveState('matched', found.key);
  setOutput('cache-matched-key', found.key);
  setOutput('cache-hit', String(found.key === key));
  log(`[signalbox] restored from the cache: ${found.key} (${describeBytes(found.bytes)})`);
  return DONE;
}

/** What goes wrong here is a warning, as on GitHub: a job is not worse for having to do its work again. */
async function save(context: BuiltinContext, key: string): Promise<BuiltinEnd> {
  checkKey(key);
  const entries = entriesOf(context);
  const version = versionOf(context);
  if (entries.has(key, version)) {
    context.log(`[signalbox] the cache has ${key} already: nothing to save`);
    return DONE;
  }
  const paths = pathsToKeep(context);
  if (paths.size === 0) {
    warn(context, `nothing is saved in the cache: there is nothing at ${linesOf(context.inputs.path).join(', ')}`);
    return DONE;
  }
  try {
    const isNew = await entries.add(key, version, Date.now(), (folder) => pack(context, paths, folder));
    context.log(`[signalbox] ${isNew ? `saved in the cache: ${key}` : `another job has saved ${key} meanwhile`}`);
    for (const gone of entries.evict(LIMIT_BYTES)) context.log(`[signalbox] removed from the cache: ${gone.key}`);
  } catch (error) {
    warn(context, `${key} could not be saved in the cache: ${messageOf(error)}`);
  }
  return DONE;
}

function keyOf({ inputs }: BuiltinContext): string {
  for (const name of REQUIRED) if (!inputs[name]?.trim()) throw new InputError(`the input ${name} is missing`);
  return inputs.key?.trim() ?? '';
}

function checkKey(key: string): void {
  if (key.length > 512) throw new InputError(`the key ${key.slice(0, 40)}… is longer than 512 characters`);
  if (key.includes(',')) throw new InputError(`the key ${key} has a comma in it, which keys cannot have`);
}

function versionOf({ inputs }: BuiltinContext): string {
  return versionOfPaths(linesOf(inputs.path));
}

function entriesOf({ caches }: BuiltinContext): CacheEntries {
  return new CacheEntries(join(caches, 'actions-cache'));
}

function warn({ annotate }: BuiltinContext, message: string): void {
  annotate({ level: 'warning', message });
}
