// `npm run bench [-- NAME …]`: the benchmarks; without names all of them. `-- --list` names them.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { bundleTool } from './bundle-tool.mjs';
import { ensureInstalled } from './ensure.mjs';
import { root } from './up-to-date.mjs';

await ensureInstalled();
await ensureBuilt();
const outdir = join(root, '.build', 'bench');
mkdirSync(outdir, { recursive: true });
const entryPoints = readdirSync(join(root, 'bench')).filter((name) => name.endsWith('.ts'));
await bundleTool({
  entryPoints: entryPoints.map((name) => `bench/${name}`),
  outdir,
  outExtension: { '.js': '.mjs' },
  external: ['autocannon', 'playwright-core'],
});
const { main } = await import(pathToFileURL(join(outdir, 'bench.mjs')).href);
await main(process.argv.slice(2), { root, bench: outdir });
