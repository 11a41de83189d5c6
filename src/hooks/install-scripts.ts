import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isThere, keepAs, type Owner, orNothing, putFile, putFolder, readIfThere } from './install-file.ts';
import type { InstallStep } from './install-report.ts';
import type { InstallFolders } from './install-target.ts';

/** The hooks that tell of a push. */
export const TELLING_HOOKS = ['post-commit', 'post-merge', 'post-applypatch', 'post-rewrite', 'post-receive'] as const;

/** Those that git does without, if they do nothing and succeed: where it is led to our folder, each passes on. */
const PASSED_ON = [
  ...['applypatch-msg', 'pre-applypatch', 'pre-commit', 'pre-merge-commit', 'prepare-commit-msg', 'commit-msg'],
  ...['pre-rebase', 'post-checkout', 'pre-push', 'pre-receive', 'update', 'post-update', 'pre-auto-gc'],
  ...['sendemail-validate', 'p4-changelist', 'p4-prepare-changelist', 'p4-post-changelist', 'p4-pre-submit'],
];

/** Those that change what git does, or cost much, by being there: they pass on only to what is there. */
const PASSED_ON_IF_THERE = ['reference-transaction', 'proc-receive', 'push-to-checkout', 'post-index-change'];

/** The script that is installed, as it is in this version. */
export async function readScript(): Promise<Buffer> {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'hooks/post-commit')) && folder !== '/') folder = dirname(folder);
  return readFile(join(folder, 'hooks/post-commit'));
}

/** In our folder of hooks: the folder of hooks that comes after it. Empty: each user's own configuration tells. */
export const NEXT_FILE = 'signalbox.next';

/** The names under which the script is needed, where git is led to a folder of ours; `next`: where it would look. */
export function namesForAll(next: string): string[] {
  return [...TELLING_HOOKS, ...PASSED_ON, ...PASSED_ON_IF_THERE.filter((name) => existsSync(join(next, name)))];
}

/** Fingerprint of a script, by which it is known as ours. */
export function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The script, and where it goes. */
export interface ScriptPlace {
  readonly folders: InstallFolders;
  /** The folder in which git looks for hooks. */
  readonly folder: string;
  /** Fingerprints of all versions of the script that were ever put there. */
  readonly digests: readonly string[];
  readonly owner: Owner;
}

/**
 * Puts the script in place under one name. A hook that has the name is kept in our folder, and called by ours.
 * It is missing at no moment: the kept one is a second name of the same file until ours takes over the first.
 */
export async function putScript(place: ScriptPlace, name: string, script: Buffer): Promise<InstallStep> {
  const path = join(place.folder, name);
  const kept = join(place.folders.ourHooks, name);
  const isForeign = (await statusOf(path, place.digests)) === 'foreign';
  if (isForeign && (place.folder === place.folders.ourHooks || (await isThere(kept)))) {
    return { path, what: 'left as found, since someone else put it in the place of ours', isChange: false };
  }
  if (isForeign) {
    await putFolder(place.folders.ourHooks, { mode: 0o755, owner: place.owner });
    await keepAs(path, kept);
  }
  const done = await putFile(path, script, { mode: 0o755, owner: place.owner });
  if (isForeign)
    return { path, what: `installed; the hook that was there is now ${kept}, and still runs`, isChange: true };
  return {
    path,
    what: { new: 'installed', renewed: 'renewed', same: 'unchanged' }[done],
    isChange: done !== 'same',
  };
}

/** Puts back what was there before our script; undefined if there is nothing to tell. */
export async function removeScript(place: Omit<ScriptPlace, 'owner'>, name: string): Promise<InstallStep | undefined> {
  const path = join(place.folder, name);
  const kept = join(place.folders.ourHooks, name);
  const found = await statusOf(path, place.digests);
  if (place.folder === place.folders.ourHooks || !(await isThere(kept))) {
    if (found === 'ours') await rm(path);
    if (found === 'none') return undefined;
    return found === 'ours' ? { path, what: 'removed', isChange: true } : leftAlone(path);
  }
  if (found !== 'foreign' || (await areSame(kept, path))) {
    await putBack(kept, path);
    return { path, what: 'put back as before', isChange: true };
  }
  const aside = `${path}.before-signalbox`;
  await keepAs(kept, aside);
  await rm(kept);
  return {
    path,
    what: `left as found, after a change by someone else; what was there before is ${aside}`,
    isChange: true,
  };
}

async function leftAlone(path: string): Promise<InstallStep> {
  const isScript = (await readIfThere(path))?.includes('\n# signalbox-hook:') === true;
  const help = isScript ? ': it is still the script of Signalbox, which does nothing now and may be deleted' : '';
  return { path, what: `left as found, after a change by someone else${help}`, isChange: false };
}

/** `rename` does nothing where both are names of one file. */
async function putBack(kept: string, path: string): Promise<void> {
  await rename(kept, path);
  await rm(kept, { force: true });
}

async function areSame(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([lstat(one), lstat(other)]);
  return a.ino === b.ino && a.dev === b.dev;
}

async function statusOf(path: string, digests: readonly string[]): Promise<'none' | 'ours' | 'foreign'> {
  const found = await lstat(path).catch(orNothing);
  if (found === undefined) return 'none';
  return found.isFile() && digests.includes(digestOf(await readFile(path))) ? 'ours' : 'foreign';
}
