import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleWeb } from './bundle-web.mjs';
import { withLock } from './lock.mjs';
import { buildFolder, isBuilt, root } from './up-to-date.mjs';

/** Builds younger than this are kept whatever their number: a process that runs may still load pieces of them. */
const KEEP_MS = 24 * 3600 * 1000;
const KEEP_COUNT = 4;

/** Bundles the program into `outdir`, with what browsers get in `web/`. */
export async function bundle(outdir) {
  await Promise.all([bundleProgram(outdir), bundleWeb(join(outdir, 'web'))]);
}

/** What has a file of its own to be started by: `main.mjs` and `quick-entry.mjs` export `main`, the others do their work. */
const ENTRIES = ['main', 'quick-entry', 'runner-entry'];

/**
 * The program in pieces, each loaded when it is needed, and what loads them (`src/cli/load.ts`). esbuild splits only what it
 * writes as ES modules, and Node 20 keeps the compiled form only of scripts: hence the second step.
 */
async function bundleProgram(outdir) {
  const { build, stop } = await import(pathToFileURL(join(root, 'node_modules/esbuild/lib/main.js')).href);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const modules = join(outdir, 'modules');
  const common = { absWorkingDir: root, platform: 'node', target: 'node20', logLevel: 'error', sourcemap: 'linked' };
  const bundled = { ...common, bundle: true, format: 'esm', outExtension: { '.js': '.mjs' } };
  await Promise.all([
    build({
      ...bundled,
      entryPoints: ENTRIES.map((name) => `src/cli/${name}.ts`),
      outdir: modules,
      splitting: true,
      jsx: 'automatic',
      jsxImportSource: 'preact',
      external: ['@photostructure/sqlite'], // has native code, and is a dependency of the package
      define: { __SIGNALBOX_VERSION__: JSON.stringify(version) },
    }),
    build({ ...bundled, entryPoints: ['src/cli/load.ts', 'src/cli/starter-entry.ts'], outdir }),
  ]);
  await build({
    ...common,
    entryPoints: readdirSync(modules)
      .filter((name) => name.endsWith('.mjs'))
      .map((name) => join(modules, name)),
    outdir,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': '__fileUrl' },
    logOverride: { 'empty-import-meta': 'silent' },
  });
  rmSync(modules, { recursive: true });
  await stop(); // its process would stay for as long as this one, which may become the server
  const key = keyOfPieces(outdir);
  for (const name of ENTRIES) writeFileSync(join(outdir, `${name}.mjs`), starting(name, key));
}

function starting(name, key) {
  return `import { load } from './load.mjs';\nexport const { main } = load('${name}', '${key}');\n`;
}

function keyOfPieces(folder) {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort())
    if (name.endsWith('.cjs')) hash.update(readFileSync(join(folder, name)));
  return hash.digest('hex').slice(0, 16);
}

function removeOld(builds, current) {
  const ages = readdirSync(builds)
    .filter((name) => /^([0-9a-f]{16}|tmp-\d+)$/.test(name) && name !== current)
    .map((name) => ({ name, mtimeMs: statSync(join(builds, name)).mtimeMs }))
    .sort((a, b) => b.mtimeMs - a.mtimeMs);
  for (const { name, mtimeMs } of ages.slice(KEEP_COUNT)) {
    if (Date.now() - mtimeMs > KEEP_MS) rmSync(join(builds, name), { recursive: true, force: true });
  }
}

/** The folder with the built program (`main.mjs`, `runner-entry.mjs`, `starter-entry.mjs`); builds it if the sources have changed. */
export async function ensureBuilt() {
  const folder = buildFolder();
  if (isBuilt(folder)) return folder;
  const builds = dirname(folder);
  await withLock(`${root} build`, async () => {
    if (isBuilt(folder)) return;
    const aside = join(builds, `tmp-${process.pid}`);
    mkdirSync(builds, { recursive: true });
    rmSync(aside, { recursive: true, force: true });
    await bundle(aside);
    renameSync(aside, folder);
    utimesSync(folder, new Date(), new Date());
    removeOld(builds, basename(folder));
  });
  return folder;
}
