import type { CommandModule } from '../context.ts';

/** What a command looks like in the tables beside this. */
export interface Declaration {
  /** Name and arguments, as commander writes them: `show [run]`. */
  readonly usage: string;
  readonly summary: string;
  /** An option that is `many` can be given several times. */
  readonly options?: readonly (readonly [flags: string, description: string, many?: 'many'])[];
  /** Options that are taken so that the command can refuse them itself; not shown. */
  readonly refused?: readonly string[];
  /** Ends the help; it works as it stands. */
  readonly example: string;
  /** Loaded when the command runs, so that `--help` costs nothing. */
  // biome-ignore lint/suspicious/noExplicitAny: each command has options of its own, made by commander from the same lines
  readonly load: () => Promise<CommandModule<any>>;
  readonly subcommands?: readonly Declaration[];
}

/** Of commands that concern a run. */
export const REPOSITORY = ['--repository <name>', 'only of this repository (owner/name, or the end of it)'] as const;
