import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Every file, link and folder below `root`, by its relative path: kind, rights and content. */
export async function snapshotOf(root: string, path = ''): Promise<Record<string, string>> {
  const found = await lstat(join(root, path));
  const rights = (found.mode & 0o7777).toString(8);
  if (found.isSymbolicLink()) return { [path]: `link to ${await readlink(join(root, path))}` };
  if (!found.isDirectory()) return { [path]: `file ${rights} ${brief(await readFile(join(root, path), 'latin1'))}` };
  const inside = await Promise.all((await readdir(join(root, path))).map((name) => snapshotOf(root, join(path, name))));
  return Object.assign({ [path]: `folder ${rights}` }, ...inside);
}

/** Short enough to be read in a difference, and still different where the text is. */
function brief(text: string): string {
  return text.length < 200 ? text : `${text.slice(0, 60)}... sha256 ${createHash('sha256').update(text).digest('hex')}`;
}
