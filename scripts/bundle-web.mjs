import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { root } from './ensure.mjs';

/** Browsers that know `light-dark()`: it is what the themes are made of, and is not to be taken apart. */
const BROWSERS = ['chrome123', 'firefox120', 'safari17.5'];

/**
 * Builds the browser's part of the page into `outdir`: a script for what all pages share and one for each page, one
 * style, a manifest that says which is which; each also packed, since it is packed once and sent often.
 */
export async function bundleWeb(outdir) {
  const { build } = await import(pathToFileURL(join(root, 'node_modules/vite/dist/node/index.js')).href);
  await build({
    root,
    base: '/assets/',
    configFile: false,
    envFile: false,
    publicDir: false,
    logLevel: 'error',
    clearScreen: false,
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: outdir,
      assetsDir: '',
      emptyOutDir: false,
      manifest: 'manifest.json',
      target: BROWSERS,
      cssTarget: BROWSERS,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      rollupOptions: {
        input: ['web/src/start.ts', 'web/src/client.tsx', 'web/style/main.css'],
        // small ones that some pages share would cost a browser more to ask for than to read
        output: { codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] } },
      },
    },
  });
  writeFileSync(join(outdir, 'icon.svg'), readFileSync(join(root, 'web', 'icon.svg')));
  for (const name of readdirSync(outdir).filter((one) => /\.(js|css|svg)$/.test(one))) {
    const bytes = readFileSync(join(outdir, name));
    writeFileSync(join(outdir, `${name}.gz`), gzipSync(bytes, { level: 9 }));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    writeFileSync(join(outdir, `${name}.br`), brotliCompressSync(bytes, { params }));
  }
}
