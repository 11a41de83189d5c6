import { lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MIB = 1024 * 1024;
/** Most that is read of a file other than a summary, in bytes. */
const FILE_LIMIT = 16 * MIB;
/** Most that one step may add to the summary, in bytes; as on GitHub. */
const SUMMARY_LIMIT = MIB;

/** Name in the `github` context, and of the file, by what they are for. */
export const FILE_KINDS = ['env', 'output', 'path', 'state', 'step_summary'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/**
 * The files by which a step says what it has for others: `GITHUB_ENV` and its like. Each step finds them empty; one that
 * nobody wrote into serves the next step as well, since making a file can cost more than starting a process.
 */
export class StepFiles {
  readonly #folder: string;
  readonly #paths = new Map<FileKind, string>();
  #made = 0;

  constructor(temp: string) {
    this.#folder = join(temp, '_runner_file_commands');
  }

  /** Makes those that are not there or not empty any more. */
  renew(): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 }); // a step may have removed it
    for (const kind of FILE_KINDS) {
      const stats = this.#paths.has(kind) ? lstatSync(this.#path(kind), { throwIfNoEntry: false }) : undefined;
      if (stats?.isFile() === true && stats.size === 0) continue;
      this.#paths.set(kind, join(this.#folder, `${kind}_${++this.#made}`));
      writeFileSync(this.#path(kind), '', { mode: 0o600, flag: 'wx' });
    }
  }

  /** Paths by kind. */
  get paths(): Readonly<Record<FileKind, string>> {
    const [env, output, path] = [this.#path('env'), this.#path('output'), this.#path('path')];
    return { env, output, path, state: this.#path('state'), step_summary: this.#path('step_summary') };
  }

  #path(kind: FileKind): string {
    return this.#paths.get(kind) ?? '';
  }

  /** What is in one of them; undefined: nothing. Or why it cannot be taken, in words. */
  read(kind: FileKind): { readonly text: string } | { readonly error: string } | undefined {
    const stats = lstatSync(this.#path(kind), { throwIfNoEntry: false });
    const name = `$GITHUB_${kind.toUpperCase()}`;
    if (stats === undefined) return undefined;
    // A pipe in its place would hold the runner for ever, and a link could lead anywhere.
    if (!stats.isFile()) return { error: `${name} is no file any more` };
    if (stats.size === 0) return undefined;
    if (kind === 'step_summary' && stats.size > SUMMARY_LIMIT)
      return { error: `${name} takes up to ${describe(SUMMARY_LIMIT)}, and this step wrote ${describe(stats.size)}` };
    if (stats.size > FILE_LIMIT)
      return { error: `${name} takes up to ${describe(FILE_LIMIT)}, and this step wrote ${describe(stats.size)}` };
    return { text: readFileSync(this.#path(kind), 'utf8') };
  }
}

function describe(bytes: number): string {
  return bytes < 10 * MIB ? `${Math.ceil(bytes / 1024)} KiB` : `${Math.ceil(bytes / MIB)} MiB`;
}
