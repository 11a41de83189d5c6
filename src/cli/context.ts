import type { ConfigFlags } from '../config/load.ts';
import type { Terminal } from './terminal.ts';

/** What a command finds around it. */
export interface Context {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** What is typed or piped in; default: stdin of the process. */
  readonly stdin?: NodeJS.ReadStream;
}

/** Options that every command has. */
export interface CommonOptions extends ConfigFlags {
  readonly json?: boolean;
}

/** One call of a command. */
export interface Invocation<Options extends object = object> {
  readonly context: Context;
  readonly args: readonly string[];
  readonly options: Options & CommonOptions;
}

/** What each file of a command exports; the number is the exit code. */
export interface CommandModule<Options extends object = object> {
  run(invocation: Invocation<Options>): Promise<number>;
}
