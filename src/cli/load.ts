import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { collectLater, compileLater } from '../support/engine.ts';
import { EXIT } from './exit-code.ts';

/** A piece of the program, as the build makes them. */
interface Piece {
  readonly script: Script;
  readonly module: { readonly exports: object };
}

/** The program is in the folder of this file, in pieces that are CommonJS: Node 20 can keep what it compiled of such only. */
const HERE = dirname(fileURLToPath(import.meta.url));
const PARAMETERS = 'exports, require, module, __fileUrl';

/**
 * Loads the program from its piece `entry`, with what was compiled of it the last time that this was done: half of the time
 * until a command does something is Node's compiler at work. `build` tells apart what was compiled of another build. What
 * is kept belongs to one command, since each needs other functions.
 */
export function load(entry: string, build: string): unknown {
  compileLater(); // first: what was compiled under other flags is refused
  const command = entry === 'main' ? (process.argv[2] ?? '') : entry;
  if (command === 'run') collectLater();
  const file = /^[a-z][a-z-]*$/.test(command) ? fileOf(command) : undefined;
  const kept = file === undefined ? new Map<string, Buffer>() : read(file, build);
  const pieces = new Map<string, Piece>();
  const fromNode = createRequire(join(HERE, 'load.mjs'));
  const require = Object.assign((id: string) => (id.startsWith('./') ? loadPiece(id) : fromNode(id)), fromNode);
  const loadPiece = (id: string): object => {
    const known = pieces.get(id);
    if (known !== undefined) return known.module.exports;
    const filename = join(HERE, id.replace(/\.mjs$/, '.cjs'));
    const code = `(function (${PARAMETERS}) {${readFileSync(filename, 'latin1')}\n})`; // the build writes ASCII
    const cachedData = kept.get(id);
    const script = new Script(code, { filename, ...(cachedData === undefined ? {} : { cachedData }) });
    if (script.cachedDataRejected === true) kept.delete(id);
    const module = { exports: {} };
    pieces.set(id, { script, module });
    script.runInThisContext()(module.exports, require, module, pathToFileURL(filename).href);
    return module.exports;
  };
  process.once('exit', (code) => {
    const isNew = [...pieces.keys()].some((id) => !kept.has(id));
    if (file === undefined || code === EXIT.usage || !isNew) return; // what was mistyped is no command

    for (const [id, { script }] of pieces) kept.set(id, script.createCachedData());
    write(file, build, kept);
  });
  return loadPiece(`./${entry}.mjs`);
}

/** Beside the program, or where the person keeps such things if the program was installed for all. */
function fileOf(command: string): string {
  const name = `${command}-${process.version}-${process.arch}`;
  try {
    accessSync(HERE, constants.W_OK);
    return join(HERE, 'compiled', name);
  } catch {
    return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'signalbox', 'compiled', name);
  }
}

/** The compiled pieces by their names; none if there are none of this build, or somebody else has made them. */
function read(file: string, build: string): Map<string, Buffer> {
  const kept = new Map<string, Buffer>();
  try {
    const bytes = readOwn(file);
    const head = bytes.indexOf('\n');
    const { of, sizes } = JSON.parse(bytes.toString('latin1', 0, head));
    let at = head + 1;
    for (const [id, size] of of === build ? sizes : []) {
      kept.set(id, bytes.subarray(at, at + size));
      at += size;
    }
  } catch {
    // then it is compiled
  }
  return kept;
}

/** It is executed as it is: only what this person or root has written. */
function readOwn(file: string): Buffer {
  const fd = openSync(file, 'r');
  try {
    const { uid } = fstatSync(fd);
    if (uid !== 0 && uid !== process.getuid?.()) throw new Error('not ours');
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Whole or not at all, also when the power fails: V8 looks at its length and version only. Where it cannot be written it is left. */
function write(file: string, build: string, kept: ReadonlyMap<string, Buffer>): void {
  const aside = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const fd = openSync(aside, 'wx', 0o600);
    const sizes = [...kept].map(([id, { length }]) => [id, length]);
    writeSync(fd, Buffer.concat([Buffer.from(`${JSON.stringify({ of: build, sizes })}\n`), ...kept.values()]));
    fsyncSync(fd);
    closeSync(fd);
    renameSync(aside, file);
  } catch {
    rmSync(aside, { force: true });
  }
}
