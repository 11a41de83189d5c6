// `npm run check [-- static]`: format, lint, types, import directions; without `static` the tests too.
import { join } from 'node:path';
import { ensureInstalled, runOrExit } from './ensure.mjs';
import { root } from './up-to-date.mjs';

await ensureInstalled();
const bin = (name) => join(root, 'node_modules', '.bin', name);
const stdio = ['ignore', 1, 2];
await runOrExit(bin('biome'), ['ci', '.'], { stdio });
await runOrExit(bin('tsc'), [], { stdio });
await runOrExit(bin('depcruise'), ['src', 'web', '--config', '.dependency-cruiser.cjs', '--output-type', 'err-long'], {
  stdio,
});
if (process.argv[2] !== 'static') await runOrExit(process.execPath, [join(root, 'scripts', 'test.mjs')], { stdio });
