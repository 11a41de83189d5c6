import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median, print } from './report.ts';
import { git, makeRepository } from './repository.ts';
import { type Places, scratch } from './server.ts';

const run = promisify(execFile);
const ROUNDS = 11;
const WORKFLOW = `on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: echo "begun at $(date +%s%3N)"
`;

/**
 * From the keyboard to the first step: `signalbox run` in a small repository, from before its process is started to the first
 * instruction of the first one that a step starts. Against the least that could be between: Node, git that looks at the work
 * tree and writes it as a tree, and the same shell.
 */
export async function benchLocalRun(places: Places): Promise<void> {
  const bin = join(places.root, 'bin', 'signalbox.mjs');
  const folder = await scratch();
  const path = join(folder, 'app');
  await makeRepository(path, { '.github/workflows/ci.yml': WORKFLOW, 'changed.txt': '' }, 30);
  const env = { ...process.env, SIGNALBOX_HOME: join(folder, 'home') };
  const times = { clean: [] as number[], changed: [] as number[], floor: [] as number[] };
  const firstStep = async () => {
    const began = Date.now();
    const { stdout } = await run(process.execPath, [bin, 'run', path], { env });
    return Number(/begun at (\d+)/.exec(stdout)?.[1]) - began;
  };
  for (let round = -1; round < ROUNDS; round++) {
    const clean = await firstStep();
    await writeFile(join(path, 'changed.txt'), `round ${round}\n`);
    const changed = await firstStep();
    const floor = await floorMs(path);
    await git(path, 'reset', '-q', '--hard');
    if (round < 0) continue;
    times.clean.push(clean);
    times.changed.push(changed);
    times.floor.push(floor);
  }
  await rm(folder, { recursive: true, force: true });
  const note = `floor: node -e 0, git add, git write-tree and the shell, one after another`;
  const bound = { atMost: 300 };
  const floor = median(times.floor);
  const name = 'signalbox run, to the first step';
  print({ name, value: median(times.clean), unit: 'ms', bound, note: `${note}: ${floor.toFixed(0)} ms` });
  print({ name: 'the same with a file that is changed', value: median(times.changed), unit: 'ms', bound });
}

async function floorMs(cwd: string): Promise<number> {
  const began = Date.now();
  await run(process.execPath, ['-e', '0']);
  await run('git', ['add', '--all'], { cwd });
  await run('git', ['write-tree'], { cwd });
  const { stdout } = await run('bash', ['-e', '-c', 'date +%s%3N']);
  return Number(stdout) - began;
}
