import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** A process that writes to a store. */
export interface StoreChild {
  readonly process: ChildProcess;
  /** What it said so far, line by line. */
  readonly lines: readonly string[];
  /** Waits until it said `count` lines, or ended. */
  said(count: number): Promise<void>;
  /** Waits for its end and for all that it said. */
  readonly ended: Promise<void>;
}

/** Makes one file of `store-child.ts`, which runs without any loader. */
export async function buildStoreChild(folder: string): Promise<string> {
  const outfile = join(folder, 'store-child.mjs');
  const sqlite = pathToFileURL(createRequire(import.meta.url).resolve('@photostructure/sqlite')).href;
  await build({
    ...{ entryPoints: [join(import.meta.dirname, 'store-child.ts')], outfile, logLevel: 'error' },
    ...{ bundle: true, platform: 'node', format: 'esm', target: 'node20' },
    plugins: [
      {
        name: 'sqlite-from-here',
        setup: (it) => it.onResolve({ filter: /^@photostructure\/sqlite$/ }, () => ({ path: sqlite, external: true })),
      },
    ],
  });
  return outfile;
}

/** Starts it, `wrapper` (`strace …`) before it. */
export function startStoreChild(script: string, args: readonly string[], wrapper: readonly string[] = []): StoreChild {
  const [command = process.execPath, ...rest] = [...wrapper, process.execPath, script, ...args];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  let wake = () => {};
  let isOver = false;
  const reader = createInterface(child.stdout);
  reader.on('line', (line) => {
    lines.push(line);
    wake();
  });
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => {
      isOver = true;
      wake();
      resolve();
    });
  });
  const said = async (count: number) => {
    while (lines.length < count && !isOver) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { process: child, lines, said, ended };
}
