import { readdir, readlink, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { TELLING_HOOKS } from './install-scripts.ts';
import type { InstallFolders } from './install-target.ts';

/**
 * Hooks like those of husky 4 look for files beside them (`. "$(dirname "$0")/husky.sh"`): so what is beside the hooks
 * that were kept is linked to from beside where they are now.
 */
export async function linkNeighbours(folders: InstallFolders): Promise<void> {
  const kept: string[] = await readdir(folders.ourHooks).catch(() => []);
  if (!kept.some((name) => TELLING_HOOKS.some((hook) => hook === name))) return;
  for (const name of await readdir(folders.usualHooks)) {
    const isNeeded = !name.endsWith('.sample') && !TELLING_HOOKS.some((hook) => hook === name);
    if (isNeeded && !kept.includes(name)) await symlink(`../hooks/${name}`, join(folders.ourHooks, name));
  }
}

/** Removes those links. */
export async function unlinkNeighbours(folders: InstallFolders): Promise<void> {
  for (const name of await readdir(folders.ourHooks).catch(() => [])) {
    const target = await readlink(join(folders.ourHooks, name)).catch(() => '');
    if (target === `../hooks/${name}`) await rm(join(folders.ourHooks, name));
  }
}
