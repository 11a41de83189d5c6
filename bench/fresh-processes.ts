import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Places } from './server.ts';

const run = promisify(execFile);
const ROUNDS = 9;

/** Milliseconds that something takes the first time, each measured in a new process (`first-time.ts`). */
export async function inFreshProcesses(places: Places, what: 'parse' | 'plan'): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { stdout } = await run(process.execPath, [join(places.bench, 'first-time.mjs'), what]);
    times.push(Number(stdout));
  }
  return times;
}
