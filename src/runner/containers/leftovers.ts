import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowPlaces } from '../workflow/workflow-job-options.ts';
import { Engine, type EngineTools } from './engine.ts';

/** Is in the TMPDIR of a job that has had containers, with the name of the engine: the folder is emptied after the job. */
const NOTE = '_signalbox_containers';

/** By it, what a killed runner left is found when it starts again, or when the next job comes to the same place. */
export function labelOf({ temp }: Pick<WorkflowPlaces, 'temp'>): string {
  return `signalbox.place=${createHash('sha256').update(temp).digest('hex').slice(0, 16)}`;
}

/** Remembers that a job has containers, before it has any. */
export function noteContainers({ temp }: Pick<WorkflowPlaces, 'temp'>, { program }: Engine): void {
  writeFileSync(join(temp, NOTE), program);
}

/**
 * Removes the containers and networks of jobs whose runner was killed: nothing in them carries the marker by which other
 * processes are found. `folder` has the slots of that runner.
 */
export async function removeOfEarlierLife(folder: string): Promise<void> {
  for (const slot of existsSync(folder) ? readdirSync(folder) : []) {
    const temp = join(folder, slot, 'tmp');
    const note = join(temp, NOTE);
    const program = existsSync(note) ? readFileSync(note, 'utf8') : '';
    if (program === 'docker' || program === 'podman')
      await removeLeftovers(new Engine(program, { ...NO_JOB, exec }), labelOf({ temp }));
  }
}

const NO_JOB: Omit<EngineTools, 'exec'> = { env: {}, log: () => {}, mask: () => {} };

/** Resolves with 127 where the program is not there any more. */
const exec: EngineTools['exec'] = ([program, ...args], { onOutput } = {}) =>
  new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], timeout: LIMIT_MS });
    child.stdout.on('data', (bytes: Buffer) => onOutput?.(bytes));
    child.on('error', () => resolve(127));
    child.on('close', (status) => resolve(status ?? 137));
  });

/** For each word with the engine, in milliseconds: a runner has to start also where its server hangs. */
const LIMIT_MS = 30_000;

/** Removes what carries a label. */
export async function removeLeftovers(engine: Engine, label: string, isLast = false): Promise<void> {
  const filter = ['--filter', `label=${label}`];
  const list = async (...args: string[]) => {
    const { said } = await engine.say([...args, ...filter], { isLast });
    return said.split('\n').filter((line) => /^(?:[0-9a-f]{12,64}|signalbox-[\w-]+)$/.test(line));
  };
  const containers = await list('container', 'ls', '--all', '--quiet', '--no-trunc');
  // podman would wait for what does not hear SIGTERM, as the first process of a container does not
  const atOnce = engine.program === 'podman' ? ['--time', '0'] : [];
  if (containers.length > 0) await engine.say(['rm', '--force', ...atOnce, '--volumes', ...containers], { isLast });
  const networks = await list('network', 'ls', '--format', '{{.Name}}'); // podman has no ids for them
  if (networks.length > 0) await engine.say(['network', 'rm', ...networks], { isLast });
}
