// `npm run prepare`: the program as a package ships it, in dist/app, with the licences of what is bundled.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './build.mjs';
import { innerNpmEnv, runOrExit } from './ensure.mjs';
import { markInstalled, root } from './up-to-date.mjs';

const modules = join(root, 'node_modules');
if (!existsSync(join(modules, 'esbuild'))) {
  await runOrExit('npm', ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'], {
    env: innerNpmEnv(),
  });
}
markInstalled();
const out = join(root, 'dist', 'app');
rmSync(out, { recursive: true, force: true });
await bundle(out);
writeFileSync(join(root, 'dist', 'LICENSES.txt'), licences());

/** The packages whose code is in the bundle, from its source maps, each with the licence file it ships. */
function licences() {
  const names = new Set();
  for (const file of readdirSync(out).filter((name) => name.endsWith('.map'))) {
    for (const source of JSON.parse(readFileSync(join(out, file), 'utf8')).sources) {
      const found = source.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//);
      if (found) names.add(found[1]);
    }
  }
  return [...names].sort().map(licenceOf).join('\n');
}

function licenceOf(name) {
  const folder = join(modules, name);
  const file = existsSync(folder) ? readdirSync(folder).find((one) => /^licen[cs]e/i.test(one)) : undefined;
  const text = file === undefined ? '(the package ships no licence file)\n' : readFileSync(join(folder, file), 'utf8');
  return `=== ${name}\n${text}`;
}
