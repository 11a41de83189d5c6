import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describeExit } from '../../model/conclusion.ts';
import type { BuiltinContext } from './builtin.ts';
import { findFiles } from './find-files.ts';

/** Places that differ from job to job, and how what is in them is named in an entry. */
const PLACES = ['workspace', 'home', 'root'] as const;
type Place = (typeof PLACES)[number];

/** Paths of a step that exist now, by the place that they are in. */
export type PlacedPaths = ReadonlyMap<Place, readonly string[]>;

/** What the `path` of a step names and is there. */
export function pathsToKeep(context: BuiltinContext): PlacedPaths {
  const { inputs, workspace, env } = context;
  const options = { workspace, home: env.HOME ?? '/', hidden: true, what: 'outermost' as const };
  const placed = new Map<Place, string[]>();
  for (const path of findFiles(inputs.path ?? '', options).paths) {
    const place = PLACES.find((name) => isIn(path, folderOf(context, name))) ?? 'root';
    placed.set(place, [...(placed.get(place) ?? []), relative(folderOf(context, place), path) || '.']);
  }
  return placed;
}

/** Puts these paths into an entry. @throws if `tar` fails. */
export async function pack(context: BuiltinContext, paths: PlacedPaths, folder: string): Promise<void> {
  for (const [place, names] of paths) {
    const list = join(context.temp, `cache-${place}.list`);
    writeFileSync(list, names.map((name) => `./${name}\0`).join(''));
    const source = ['-C', folderOf(context, place), '--null', '-T', list];
    await tar(context, ['-cf', join(folder, `${place}.tar`), ...source]);
  }
}

/** Puts what is in an entry back to where it was, over what is there. @throws if `tar` fails. */
export async function unpack(context: BuiltinContext, folder: string): Promise<void> {
  for (const place of PLACES) {
    const file = join(folder, `${place}.tar`);
    if (!existsSync(file)) continue;
    mkdirSync(folderOf(context, place), { recursive: true });
    await tar(context, ['-xf', file, '-C', folderOf(context, place)]);
  }
}

async function tar({ exec }: BuiltinContext, args: readonly string[]): Promise<void> {
  const exit = await exec(['tar', ...args]);
  if (!('status' in exit) || exit.status !== 0) throw new Error(`tar ended with ${describeExit(exit)}`);
}

function folderOf({ workspace, env }: BuiltinContext, place: Place): string {
  if (place === 'workspace') return workspace;
  return place === 'home' ? (env.HOME ?? '/') : '/';
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}
