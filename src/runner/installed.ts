import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { IdleProcesses } from './idle-processes.ts';

/** Where the directories of an install are in a workspace. */
export function inPlace(workspace: string, directories: readonly string[]): string[] {
  return directories.map((directory) => join(workspace, directory));
}

/** Where they are in a copy: `0`, `1` … in the same order. */
export function inCopy(copy: string, directories: readonly string[]): string[] {
  return directories.map((_, at) => join(copy, String(at)));
}

/** All directories of a copy, in the order of the plan; those that the install did not make may be missing at the end. */
export function allInCopy(copy: string): string[] {
  const last = Math.max(-1, ...readdirSync(copy).map(Number));
  return Array.from({ length: last + 1 }, (_, at) => join(copy, String(at)));
}

/** Moves a copy into a workspace, all or nothing: false if a directory is in the way already. */
export function moveIn(copy: string, workspace: string, directories: readonly string[]): boolean {
  return moveAll(inCopy(copy, directories), inPlace(workspace, directories));
}

/** Moves what was installed out of a workspace; false if something stands in the way. */
export function moveOut(workspace: string, directories: readonly string[], copy: string): boolean {
  return moveAll(inPlace(workspace, directories), inCopy(copy, directories));
}

/** Copies a folder with its modes, times and links, sharing blocks where the file system can; was all of it copied? */
export async function copyTree(from: string, to: string, processes: IdleProcesses): Promise<boolean> {
  const copy = async (...options: string[]) => (await processes.run('cp', [...options, from, to])) !== undefined;
  if (process.platform === 'darwin') return copy('-Rpc');
  if (await copy('-a', '--reflink=auto', '--')) return true;
  rmSync(to, { recursive: true, force: true });
  return copy('-a', '--'); // a cp that does not know --reflink (BusyBox)
}

function moveAll(from: readonly string[], to: readonly string[]): boolean {
  const moved: [string, string][] = [];
  try {
    for (const [at, source] of from.entries()) {
      const target = to[at];
      if (target === undefined || !existsSync(source)) continue;
      mkdirSync(dirname(target), { recursive: true });
      renameSync(source, target);
      moved.push([source, target]);
    }
    return true;
  } catch {
    for (const [source, target] of moved) renameSync(target, source);
    return false;
  }
}
