import { delimiter, dirname, join } from 'node:path';

/**
 * The PATH as it was before `npm run` put its folders in front of it: `node_modules/.bin` of the package and of each folder
 * above it, and that of node-gyp.
 */
export function pathBeforeNpm(path, packageRoot) {
  const entries = path.split(delimiter);
  let at = 0;
  for (let folder = packageRoot; ; folder = dirname(folder)) {
    if (entries[at] === join(folder, 'node_modules', '.bin')) at++;
    if (folder === dirname(folder)) break;
  }
  if (at > 0 && /[\\/]node-gyp-bin$/.test(entries[at] ?? '')) at++;
  return entries.slice(at).join(delimiter);
}
