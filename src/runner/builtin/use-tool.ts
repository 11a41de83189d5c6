import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { BuiltinContext } from './builtin.ts';
import { type Choice, type FoundTool, onPath } from './tools.ts';

/** Puts what was chosen on the PATH, if it is not what the PATH leads to already, and says what it is. */
export function useTool<Tool extends FoundTool>(
  { env, addPath, log, annotate }: BuiltinContext,
  program: string,
  wanted: string,
  choice: Extract<Choice<Tool>, { tool: Tool }>,
): void {
  const { version, bin, from } = choice.tool;
  const [first] = onPath(env.PATH, program);
  const isFirst = first !== undefined && realpathSync(join(first, program)) === realpathSync(join(bin, program));
  if (!isFirst) addPath(bin);
  log(`[signalbox] ${program} ${version} from ${bin} (${from})`);
  if (choice.kind === 'exact') return;
  const message = `${program} ${wanted} is not on this runner; ${version}, the nearest, is used instead`;
  annotate({ level: 'warning', message });
}
