import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Files by which version managers choose a version: where they differ, a tool may say something else. */
const VERSION_FILES = [
  '.nvmrc',
  '.node-version',
  '.python-version',
  '.ruby-version',
  '.tool-versions',
  'rust-toolchain',
];

/**
 * What tools say of their version. Asking `npm` costs 200 ms, so the answers are remembered, for as long as the
 * program is the same file and the workspace asks for the same version of it.
 */
export class ToolVersions {
  readonly #known = new Map<string, Promise<string>>();

  /** The output of `command`; the error where there is none: the step itself will fail more clearly. */
  of(command: readonly [string, ...string[]], cwd: string, env: Readonly<Record<string, string>>): Promise<string> {
    const [name, ...args] = command;
    const program = findProgram(name, env.PATH ?? '');
    if (program === undefined) return Promise.resolve(`${name}: not found`);
    const wanted = VERSION_FILES.map((file) => readSmall(join(cwd, file)));
    const key = JSON.stringify([program, args, wanted]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size > 1000) this.#known.clear();
    const answer = ask(program.path, args, cwd, env);
    this.#known.set(key, answer);
    return answer;
  }
}

interface Program {
  readonly path: string;
  readonly mtimeMs: number;
  readonly size: number;
}

function findProgram(name: string, path: string): Program | undefined {
  for (const folder of path.split(delimiter)) {
    const full = join(folder, name);
    const stats = statSync(full, { throwIfNoEntry: false });
    if (stats?.isFile() && (stats.mode & 0o111) !== 0) return { path: full, mtimeMs: stats.mtimeMs, size: stats.size };
  }
  return undefined;
}

function readSmall(path: string): string | null {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? -1;
  return size < 0 || size > 10_000 ? null : readFileSync(path, 'latin1');
}

function ask(program: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>>) {
  return new Promise<string>((resolve) => {
    execFile(program, args, { cwd, env: { ...env }, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve(error === null ? `${stdout}${stderr}` : `${error.message}`);
    });
  });
}
