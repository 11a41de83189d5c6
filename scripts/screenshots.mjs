// `node scripts/screenshots.mjs FOLDER [PATH…]`: pictures of pages of the demo (see demo.mjs), at 360, 1280 and 2560 px in
// both themes, and what axe says of each. Without paths: of all pages. `node scripts/screenshots.mjs --readme` renews those
// that the README shows. Needs /usr/bin/chromium.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { bundleTool } from './bundle-tool.mjs';
import { ensureInstalled } from './ensure.mjs';
import { root } from './up-to-date.mjs';

await ensureInstalled();
await ensureBuilt();
const outfile = join(root, '.build', 'demo', `screenshots-${process.pid}.mjs`);
await bundleTool({ entryPoints: ['tests/support/take-screenshots.ts'], outfile, external: ['playwright-core'] });
const isReadme = process.argv[2] === '--readme';
const [folder, ...paths] = isReadme ? [join(root, 'docs', 'images')] : process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node scripts/screenshots.mjs FOLDER [PATH…] | --readme');
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const axe = readFileSync(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');
const { takeReadmePictures, takeScreenshots } = await import(pathToFileURL(outfile).href);
if (isReadme) await takeReadmePictures(folder);
process.exit(isReadme ? 0 : await takeScreenshots({ folder, paths, axe }));
