import { chmod, lstat, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A file or a folder (without bytes) of a seed, with its times, since git's index knows those of files. */
interface Kept {
  readonly path: string;
  readonly mode: number;
  readonly mtime: Date;
  readonly bytes?: Buffer;
}

/** Larger files than these are not kept. */
const MAX_TEXT = 100_000;

/**
 * Repositories as they begin, by what they begin with, in memory. Git would be started four times for each test otherwise,
 * by a process that is so large that each start takes ten milliseconds.
 */
const seeds = new Map<string, Promise<readonly Kept[]>>();

/** Makes at `path` what `begin` makes, or makes it as it was made before. Not for what holds links. */
export async function beginAs(key: string, path: string, begin: () => Promise<void>): Promise<void> {
  const known = seeds.get(key);
  if (known !== undefined) return plant(await known, path);
  await begin();
  if (key.length > MAX_TEXT) return;
  const seed = keep(path, '');
  seeds.set(key, seed);
  await seed;
}

async function keep(root: string, folder: string): Promise<readonly Kept[]> {
  const found: Kept[] = [];
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const { mode, mtime } = await lstat(join(root, path));
    if (entry.isDirectory()) found.push({ path, mode, mtime }, ...(await keep(root, path)));
    else found.push({ path, mode, mtime, bytes: await readFile(join(root, path)) });
  }
  return found;
}

async function plant(seed: readonly Kept[], root: string): Promise<void> {
  for (const { path, bytes } of seed) if (bytes === undefined) await mkdir(join(root, path), { recursive: true });
  await Promise.all(
    seed.map(async ({ path, mode, mtime, bytes }) => {
      if (bytes === undefined) return;
      await writeFile(join(root, path), bytes);
      await chmod(join(root, path), mode & 0o777);
      await utimes(join(root, path), mtime, mtime);
    }),
  );
}
