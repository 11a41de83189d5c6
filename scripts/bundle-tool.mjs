import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './up-to-date.mjs';

/**
 * Bundles programs for those who work on the project (benchmarks, the demo) as the product itself is bundled. `more`: what
 * esbuild is told besides; `external`: what is loaded from node_modules beside what always is.
 */
export async function bundleTool({ external = [], ...more }) {
  const { build } = await import(pathToFileURL(join(root, 'node_modules/esbuild/lib/main.js')).href);
  await build({
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    external: ['@photostructure/sqlite', 'pino', ...external],
    logLevel: 'error',
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    ...more,
  });
}
