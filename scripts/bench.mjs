// `npm run bench [-- NAME …]`: the benchmarks; without names all of them. `-- --list` names them.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, root } from './ensure.mjs';

await ensureInstalled();
await ensureBuilt();
const { build } = await import(pathToFileURL(join(root, 'node_modules/esbuild/lib/main.js')).href);
const outdir = join(root, '.build', 'bench');
mkdirSync(outdir, { recursive: true });
const entryPoints = readdirSync(join(root, 'bench')).filter((name) => name.endsWith('.ts'));
await build({
  absWorkingDir: root,
  entryPoints: entryPoints.map((name) => `bench/${name}`),
  outdir,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  outExtension: { '.js': '.mjs' },
  external: ['@photostructure/sqlite', 'pino', 'autocannon'],
  logLevel: 'error',
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
});
const { main } = await import(pathToFileURL(join(outdir, 'bench.mjs')).href);
await main(process.argv.slice(2), { root, bench: outdir });
