// `node scripts/start.mjs COMMAND ARGS`: installs and builds what is missing, then runs the program in this process.
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import './check-node.mjs';
import { buildFolder, isBuilt, isInstalled } from './up-to-date.mjs';

if (!isInstalled()) await (await import('./ensure.mjs')).ensureInstalled();
const current = buildFolder();
// what is hardly ever needed is not loaded: somebody waits
const folder = isBuilt(current) ? current : await (await import('./build.mjs')).ensureBuilt();
// npm runs scripts in the root of the package; relative paths are meant from where the command was typed
const { npm_lifecycle_event: script, npm_package_json: ofPackage, INIT_CWD: typedIn } = process.env;
if (script !== undefined && typedIn !== undefined) process.chdir(typedIn);
// and with npm's own folders before the PATH that was there, jobs would find the tools of this project
if (ofPackage !== undefined) {
  const { pathBeforeNpm } = await import('./path-before-npm.mjs');
  process.env.PATH = pathBeforeNpm(process.env.PATH ?? '', dirname(ofPackage));
}
// what a prompt waits for is started without the rest
const entry = /^(?:commit-status|__complete)$/.test(process.argv[2] ?? '') ? 'quick-entry.mjs' : 'main.mjs';
const { main } = await import(pathToFileURL(join(folder, entry)).href);
await main(process.argv.slice(2));
