import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startJob } from '../tests/support/workflow-job.ts';
import { median, print } from './report.ts';
import { scratch } from './server.ts';

/** Steps of a job, and how often it is executed. */
const [STEPS, ROUNDS] = [40, 5];

/** What a step costs beyond the process that it is: files, environment, log, and the reading of what it says. */
export async function benchSteps(): Promise<void> {
  const folder = await scratch();
  const [floors, values]: [number[], number[]] = [[], []];
  try {
    const script = join(folder, 'script.sh');
    writeFileSync(script, 'true');
    for (let round = 0; round < ROUNDS; round++) {
      floors.push(await bareSteps(script));
      values.push(await jobSteps());
    }
    const [value, floor] = [median(values), median(floors)];
    print({
      name: 'a step, beyond its process',
      value: value - floor,
      unit: 'ms',
      bound: { atMost: 10 },
      note: `${value.toFixed(1)} ms from step to step; ${floor.toFixed(1)} ms for the same shell with the same script by itself`,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bareSteps(script: string): Promise<number> {
  const startMs = performance.now();
  for (let step = 0; step < STEPS; step++) {
    const child = spawn('bash', ['-e', script], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    await once(child, 'close');
  }
  return (performance.now() - startMs) / STEPS;
}

async function jobSteps(): Promise<number> {
  const text = `steps:\n${"  - run: 'true'\n".repeat(STEPS)}`;
  await using job = await startJob(text, { secrets: { TOKEN: 'a secret that is nowhere', KEY: 'lines\nof a key\n' } });
  const { result } = await job.end;
  const [first, last] = [result.steps[0]?.startedAt ?? 0, result.steps.at(-1)?.completedAt ?? 0];
  return (last - first) / STEPS;
}
