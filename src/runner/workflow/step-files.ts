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

/** The files by which one step says what it has for others: `GITHUB_ENV` and its like. Empty at first. */
export class StepFiles {
  /** Paths by kind. */
  readonly paths: Readonly<Record<FileKind, string>>;

  /** Makes them in `temp`; `name` is unique in the job. */
  constructor(temp: string, name: string) {
    const folder = join(temp, '_runner_file_commands');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = (kind: FileKind) => join(folder, `${kind}_${name}`);
    this.paths = {
      env: path('env'),
      output: path('output'),
      path: path('path'),
      state: path('state'),
      step_summary: path('step_summary'),
    };
    for (const kind of FILE_KINDS) writeFileSync(this.paths[kind], '', { mode: 0o600 });
  }

  /** What is in one of them; undefined: nothing. Or why it cannot be taken, in words. */
  read(kind: FileKind): { readonly text: string } | { readonly error: string } | undefined {
    const stats = lstatSync(this.paths[kind], { throwIfNoEntry: false });
    const name = `$GITHUB_${kind.toUpperCase()}`;
    if (stats === undefined) return undefined;
    // A pipe in its place would hold the runner for ever, and a link could lead anywhere.
    if (!stats.isFile()) return { error: `${name} is no file any more` };
    if (stats.size === 0) return undefined;
    if (kind === 'step_summary' && stats.size > SUMMARY_LIMIT)
      return { error: `${name} takes up to ${describe(SUMMARY_LIMIT)}, and this step wrote ${describe(stats.size)}` };
    if (stats.size > FILE_LIMIT)
      return { error: `${name} takes up to ${describe(FILE_LIMIT)}, and this step wrote ${describe(stats.size)}` };
    return { text: readFileSync(this.paths[kind], 'utf8') };
  }
}

function describe(bytes: number): string {
  return bytes < 10 * MIB ? `${Math.ceil(bytes / 1024)} KiB` : `${Math.ceil(bytes / MIB)} MiB`;
}
