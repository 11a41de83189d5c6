import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..', '..');

/** The built program, made if the sources have changed: paths of its entries. Call it in `beforeAll`. */
export async function builtProgram(): Promise<{
  readonly main: string;
  readonly runner: string;
  readonly starter: string;
  readonly bin: string;
  /** What browsers get. */
  readonly assets: string;
}> {
  const { ensureBuilt } = await import(pathToFileURL(join(root, 'scripts', 'build.mjs')).href);
  const folder: string = await ensureBuilt();
  const bin = join(root, 'bin', 'signalbox.mjs');
  const entry = (name: string) => join(folder, `${name}.mjs`);
  return {
    main: entry('main'),
    runner: entry('runner-entry'),
    starter: entry('starter-entry'),
    bin,
    assets: join(folder, 'web'),
  };
}
