// `node scripts/demo.mjs [empty]`: the page over a store that is full of things to see (or over an empty one), on a free
// port, until Ctrl-C. For those who work on the page; the browser tests use the same data.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, root } from './ensure.mjs';

await ensureInstalled();
await ensureBuilt();
const { build } = await import(pathToFileURL(join(root, 'node_modules/esbuild/lib/main.js')).href);
const outfile = join(root, '.build', 'demo', `demo-${process.pid}.mjs`);
await build({
  absWorkingDir: root,
  entryPoints: ['tests/support/start-demo.ts'],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  external: ['@photostructure/sqlite', 'pino'],
  logLevel: 'error',
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
});
const { startDemo } = await import(pathToFileURL(outfile).href);
const demo = await startDemo({ isEmpty: process.argv[2] === 'empty' });
console.log(`http://127.0.0.1:${demo.http.address.port}/`);
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => void demo[Symbol.asyncDispose]().then(() => process.exit(0)));
