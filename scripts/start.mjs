// `node scripts/start.mjs COMMAND ARGS`: installs and builds what is missing, then runs the program in this process.
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './ensure.mjs';
import { pathBeforeNpm } from './path-before-npm.mjs';

await ensureInstalled();
const folder = await ensureBuilt();
// npm runs scripts in the root of the package; relative paths are meant from where the command was typed
const { npm_lifecycle_event: script, npm_package_json: ofPackage, INIT_CWD: typedIn } = process.env;
if (script !== undefined && typedIn !== undefined) process.chdir(typedIn);
// and with npm's own folders before the PATH that was there, jobs would find the tools of this project
if (ofPackage !== undefined) process.env.PATH = pathBeforeNpm(process.env.PATH ?? '', dirname(ofPackage));
// what a prompt waits for is started without the rest
const entry = /^(?:commit-status|__complete)$/.test(process.argv[2] ?? '') ? 'quick-entry.mjs' : 'main.mjs';
const { main } = await import(pathToFileURL(join(folder, entry)).href);
await main(process.argv.slice(2));
