// `npm test [-- ARGS]`: the suite. With --full: the slow kinds, then the suite once more on the newest even Node.
// ARGS go to vitest.
import { dirname, join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, runOrExit } from './ensure.mjs';
import { newestNode } from './newest-node.mjs';
import { root } from './up-to-date.mjs';

const args = process.argv.slice(2);
const isFull = args[0] === '--full';
const rest = isFull ? args.slice(1) : args;
const suite = ['--project=unit', '--project=integration', '--project=alone', '--project=e2e'];

await ensureInstalled();
await ensureBuilt();
if (!isFull) await vitest(process.execPath, [...suite, ...rest]);
else {
  await vitest(process.execPath, ['--project=full', ...rest]);
  const node = await newestNode();
  console.error(`signalbox: the suite once more, on ${node}`);
  await vitest(node, [...suite, ...rest]);
}

/** Runs vitest on this Node; the programs that the tests start find the same one first on their PATH. */
function vitest(node, more) {
  const program = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const env = { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` };
  return runOrExit(node, [program, 'run', ...more], { stdio: ['ignore', 1, 2], env });
}
