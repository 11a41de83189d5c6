import { readdir, readlink } from 'node:fs/promises';

/** How many files below a folder this process has open; other tests share it. */
export async function openBelow(folder: string): Promise<number> {
  const all = await readdir('/proc/self/fd').catch(() => []);
  const paths = await Promise.all(all.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(folder)).length;
}
