#!/usr/bin/env node
// In a clone: installs and builds what is missing. In an installed package: the program is in dist/.
import '../scripts/check-node.mjs';
import { existsSync } from 'node:fs';

const isClone = existsSync(new URL('../src/cli/main.ts', import.meta.url));
if (isClone) {
  await import('../scripts/start.mjs');
} else {
  // what a prompt waits for is started without the rest
  const isQuick = /^(?:commit-status|__complete)$/.test(process.argv[2] ?? '');
  const { main } = await import(isQuick ? '../dist/app/quick-entry.mjs' : '../dist/app/main.mjs');
  await main(process.argv.slice(2));
}
