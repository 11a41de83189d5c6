// `node scripts/demo.mjs [empty]`: the page over a store that is full of things to see (or over an empty one), on a free
// port, until Ctrl-C. For those who work on the page; the browser tests use the same data.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { bundleTool } from './bundle-tool.mjs';
import { ensureInstalled } from './ensure.mjs';
import { root } from './up-to-date.mjs';

await ensureInstalled();
await ensureBuilt();
const outfile = join(root, '.build', 'demo', `demo-${process.pid}.mjs`);
await bundleTool({ entryPoints: ['tests/support/start-demo.ts'], outfile });
const { startDemo } = await import(pathToFileURL(outfile).href);
const demo = await startDemo({ isEmpty: process.argv[2] === 'empty' });
console.log(`http://127.0.0.1:${demo.http.address.port}/`);
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => void demo[Symbol.asyncDispose]().then(() => process.exit(0)));
