// Is what was installed and built still what the clone asks for? Looked at before each command, so it loads nothing else.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the clone. */
export const root = fileURLToPath(new URL('..', import.meta.url));

const stamp = join(root, 'node_modules', '.signalbox-install');

/** Changes whenever what `npm ci` would install does. */
function installKey() {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  return hash.update(`${process.version} ${process.platform} ${process.arch}`).digest('hex');
}

/** Are the dependencies of this lock file and this Node there? */
export function isInstalled() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === installKey();
}

/** Says that `node_modules` is what the lock file asks for. */
export function markInstalled() {
  writeFileSync(stamp, installKey());
}

/** What a build depends on beside the sources. */
const INPUTS = ['package.json', 'package-lock.json', 'scripts/build.mjs', 'scripts/bundle-web.mjs'];

/** Where the build of these sources is, or will be: named by paths, sizes and times of all that it is made of. */
export function buildFolder() {
  const files = [process.version];
  const add = (path) => {
    const { size, mtimeMs } = statSync(path);
    files.push(`${path}\0${size}\0${mtimeMs}`);
  };
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`; // `join` would take half of the time for a thousand files
      if (entry.isDirectory()) walk(path);
      else add(path);
    }
  };
  walk(join(root, 'src'));
  walk(join(root, 'web'));
  for (const file of INPUTS) add(join(root, file));
  const key = createHash('sha256').update(files.join('\n')).digest('hex').slice(0, 16);
  return join(root, '.build', key);
}

/** Is there a whole build in this folder? */
export function isBuilt(folder) {
  return existsSync(join(folder, 'main.mjs'));
}
