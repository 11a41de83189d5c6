import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OutputPipes } from '../../src/runner/output-pipe.ts';
import { readLines, type StarterLine, writeLine } from '../../src/runner/starter-lines.ts';
import { builtProgram } from '../support/build.ts';
import { shell } from '../support/fake-dispatcher.ts';
import { startRunner, startRunnerWithStarter } from '../support/runner.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

function isAlive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
}

test('whoever starts it, a step finds the same environment, folder, urgency and input', async () => {
  const script =
    'env | sort; pwd; ulimit -a; nice; cat; readlink /proc/self/fd/0; ps -o sid= -o pgid= -p $$ | tr -d " $$"';
  const limits = { env: { 'ODD-NAME': 'it\'s\n"odd" ü', EMPTY: '' }, steps: [shell(script)] };
  const look = async (one: Awaited<ReturnType<typeof startRunner>>) => {
    const { log } = await one.dispatcher.run({ job: 77, spec: limits });
    return log.replaceAll(one.home, 'HOME').replace(/execution=\S+|after [\d.]+ m?s|SIGNALBOX_EXECUTION=\S+/gi, '');
  };
  await using own = await startRunner();
  await using other = await startRunnerWithStarter();
  expect(await look(other)).toBe(await look(own));
});

test('when the process that starts the steps is killed, the job is ended and the dispatcher learns that it is gone', async () => {
  await using one = await startRunnerWithStarter();
  const key = one.dispatcher.lease({
    spec: { steps: [shell('setsid sleep 300 & echo "pids $$ $!"; trap "" TERM; sleep 300; sleep 300')] },
  });
  const log = () => one.dispatcher.log(key).toString();
  await one.dispatcher.until('the step', () => log().includes('pids'));
  const pids = /pids (\d+) (\d+)/.exec(log())?.slice(1).map(Number) ?? [];
  const hellos = () => one.dispatcher.heard.filter((message) => message.type === 'hello');
  process.kill(one.starter, 'SIGKILL');
  await one.dispatcher.until('another hello', () => hellos().length === 2);
  expect(hellos()[1]).toMatchObject({ runner: { executions: [] } });
  expect(pids.filter(isAlive)).toEqual([]);
  expect(one.dispatcher.heard.some((message) => message.type === 'finished' && message.result.job === key.job)).toBe(
    false,
  );
  const { result } = await one.dispatcher.run({ job: key.job, execution: 2, spec: { steps: [shell('true')] } });
  expect(result.conclusion).toBe('success');
});

test('what was started for a runner that is gone is killed', async () => {
  await using dir = await tempDir('signalbox-starter-');
  const pipes = new OutputPipes(join(dir.path, 'pipes'));
  await pipes.start(1);
  let output = '';
  const pipe = await pipes.open((bytes) => {
    output += bytes;
  });
  const { starter } = await builtProgram();
  const child = spawn(process.execPath, [starter, 'test'], { env: {}, stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  const channel = child.stdio[3] as Socket;
  const lines: StarterLine[] = [];
  readLines<StarterLine>(channel, (line) => lines.push(line));
  const env = { PATH: process.env.PATH ?? '' };
  const command = ['sh', '-c', 'echo hello; sleep 300'] as const;
  writeLine(channel, { id: 1, command: [...command], cwd: dir.path, env, outputPath: pipe.path });
  const begun = () => lines.find((line) => line.type === 'begun');
  await waitFor('its output', () => output.includes('hello') && begun() !== undefined);
  pipe.closeWriter();
  channel.destroy();
  await once(child, 'exit');
  await pipe.ended;
  await waitFor('its end', () => !isAlive(begun()?.pid ?? 0));
});
