import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConformanceRun } from '../conformance/check-case.ts';
import { type CommandResult, programArgs, runCommand, testEnv } from './program.ts';

/** A repository may have hundreds of jobs, and the machine something else to do. */
const DEADLINE_MS = 240_000;

/** `signalbox run` in a repository. */
export interface Here {
  /** What it came to, with all that the jobs said; `result` is what the command itself said. */
  run(
    path: string,
    ...args: readonly string[]
  ): Promise<{ readonly runs: readonly ConformanceRun[]; readonly result: CommandResult }>;
}

/** `signalbox run` with a home of its own, and `more` in its environment. */
export async function here(home: string, more: NodeJS.ProcessEnv = {}): Promise<Here> {
  const program = await programArgs();
  const env = { ...testEnv(home), ...more };
  return {
    async run(path, ...args) {
      const command = ['run', '--json', '--log-level', 'error', ...args];
      const result = await runCommand(program, command, env, path, DEADLINE_MS);
      const lines = result.stdout.trim().split('\n').filter(Boolean);
      return { runs: await Promise.all(lines.map(readRun)), result };
    },
  };
}

/** Flags for what is named: `--secret A=1 --secret B=2`. */
export function flags(flag: string, values: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
}

async function readRun(line: string): Promise<ConformanceRun> {
  const found = JSON.parse(line);
  const jobs = await Promise.all(
    found.jobs.map(async (job: { log: string | null }) => {
      const logText = job.log === null ? '' : await readFile(join(job.log), 'utf8');
      return { ...job, logText };
    }),
  );
  return { ...found, jobs };
}
