import { lstatSync, readFileSync } from 'node:fs';
import type { OwnFiles } from './own-files.ts';

/** Some editors and shells begin a file with it. */
const BYTE_ORDER_MARK = /^\ufeff/;
const MIB = 1024 * 1024;
/** Most that is read of a file other than a summary, in bytes. */
const FILE_LIMIT = 16 * MIB;
/** Most that one step may add to the summary, in bytes; as on GitHub. */
const SUMMARY_LIMIT = MIB;

/** Name in the `github` context, and of the file, by what they are for. */
export const FILE_KINDS = ['env', 'output', 'path', 'state', 'step_summary'] as const;
export type FileKind = (typeof FILE_KINDS)[number];
/** Names of the files that the first step finds: those that nobody wrote into are good for another job. */
export const FIRST_FILES = FILE_KINDS.map((kind) => nameOf(kind, 1));

/**
 * The files by which a step says what it has for others: `GITHUB_ENV` and its like. Each step finds them empty; one that
 * nobody wrote into serves the next step as well, since making a file can cost more than starting a process.
 */
export class StepFiles {
  readonly #own: OwnFiles;
  readonly #paths = new Map<FileKind, string>();
  readonly #made = new Map<FileKind, number>();

  constructor(own: OwnFiles) {
    this.#own = own;
  }

  /** Makes those that are not there or not empty any more. */
  renew(): void {
    for (const kind of FILE_KINDS) {
      const stats = this.#paths.has(kind) ? lstatSync(this.#path(kind), { throwIfNoEntry: false }) : undefined;
      if (stats?.isFile() === true && stats.size === 0) continue;
      const number = (this.#made.get(kind) ?? 0) + 1;
      this.#made.set(kind, number);
      this.#paths.set(kind, this.#own.put(nameOf(kind, number), ''));
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
    return { text: readFileSync(this.#path(kind), 'utf8').replace(BYTE_ORDER_MARK, '') };
  }
}

function nameOf(kind: FileKind, number: number): string {
  return `${kind}_${number}`;
}

function describe(bytes: number): string {
  return bytes < 10 * MIB ? `${Math.ceil(bytes / 1024)} KiB` : `${Math.ceil(bytes / MIB)} MiB`;
}
