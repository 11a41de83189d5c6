import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Runner } from '../../src/runner/runner.ts';
import { createLogger } from '../../src/support/logger.ts';
import { FakeDispatcher, shell } from '../support/fake-dispatcher.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { runnerOptions, startRunner } from '../support/runner.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

test('a job goes on while the dispatcher is gone, and its log arrives whole, with nothing doubled', async () => {
  await using one = await startRunner();
  const { dispatcher } = one;
  const script = 'for i in $(seq 1 300); do echo "line $i"; sleep 0.005; done';
  const key = dispatcher.lease({ spec: { steps: [shell(script)] } });
  for (const line of ['line 20\n', 'line 90\n', 'line 150\n']) {
    await dispatcher.until(line, () => dispatcher.log(key).includes(line));
    dispatcher.disconnect();
  }
  const result = await dispatcher.result(key);
  const lines = Array.from({ length: 300 }, (_, i) => `line ${i + 1}\n`).join('');
  expect(dispatcher.log(key).toString()).toContain(lines);
  expect(dispatcher.log(key).length).toBe(result.logBytes);
  expect(dispatcher.gaps).toEqual([]);
  expect(dispatcher.sessions.length).toBeGreaterThan(3);
  expect(result.conclusion).toBe('success');
});

test('a job that ends while the dispatcher is gone is told when it is back', async () => {
  await using dir = await tempDir();
  const before = await FakeDispatcher.start();
  const { address } = before;
  let current = before;
  await using runner = new Runner(runnerOptions(before, dir.path, { dispatcher: async () => address }));
  await runner.start();
  await before.received('hello');
  const key = before.lease({ spec: { steps: [shell('echo first; sleep 0.3; echo last')] } });
  await before.until('output', () => before.log(key).includes('\nfirst\n'));
  await before[Symbol.asyncDispose]();
  current = await FakeDispatcher.start({ port: address.port });
  await using after = current;
  const hello = await after.received('hello');
  expect(hello.runner?.executions).toMatchObject([key]);
  expect(await after.result(key)).toMatchObject({ conclusion: 'success' });
  expect(after.log(key).toString()).toContain('first\nlast\n');
  expect(after.gaps).toEqual([]);
});

test('a runner says once that it cannot reach its dispatcher, and why, and goes on trying', async () => {
  await using dir = await tempDir();
  await using dispatcher = await FakeDispatcher.start();
  const clock = new ManualClock();
  const said: Record<string, unknown>[] = [];
  const logger = createLogger('info', { write: (line) => void said.push(JSON.parse(line)) });
  let tries = 0;
  const nowhere = async () => {
    tries++;
    throw new Error('nobody listens there');
  };
  await using runner = new Runner(runnerOptions(dispatcher, dir.path, { dispatcher: nowhere, clock, logger }));
  await runner.start();
  while (tries < 3) {
    clock.advance(60_000);
    await new Promise(setImmediate);
  }
  expect(said.map(({ level, why, msg }) => [level, why, msg])).toEqual([
    [40, 'nobody listens there', 'no connection to the dispatcher; it is tried again'],
  ]);
});

test('a result that nobody acknowledged outlives the runner, and what was running does not', async () => {
  await using dir = await tempDir();
  await using dispatcher = await FakeDispatcher.start({ acknowledges: false });
  const first = new Runner(runnerOptions(dispatcher, dir.path, { slots: 2 }));
  await first.start();
  await dispatcher.received('hello');
  const done = dispatcher.lease({ spec: { steps: [shell('echo kept')] } });
  const result = await dispatcher.result(done);
  const running = dispatcher.lease({ spec: { steps: [shell('sleep 300')] } });
  await dispatcher.received('started', (message) => message.job === running.job);
  await first.stop();

  await using next = await FakeDispatcher.start();
  await using second = new Runner(runnerOptions(next, dir.path));
  await second.start();
  expect((await next.received('hello')).runner?.executions).toEqual([
    { ...done, isFinished: true, logBytes: result.logBytes },
  ]);
  expect(await next.result(done)).toEqual(result);
  expect(next.log(done).toString()).toContain('\nkept\n');
  await next.until('an empty heartbeat', () =>
    next.heard.some((m) => m.type === 'heartbeat' && m.executions.length === 0),
  );
});

test('an execution that is dropped is stopped and never spoken of again', async () => {
  await using one = await startRunner({ dispatching: { heartbeatMs: 50 } });
  const { dispatcher } = one;
  const key = dispatcher.lease({ spec: { steps: [shell('trap "" TERM; sleep 300')] } });
  await dispatcher.received('started');
  dispatcher.dropped.push(key);
  const isEmpty = () => dispatcher.heard.at(-1)?.type === 'heartbeat' && JSON.stringify(dispatcher.heard.at(-1));
  await dispatcher.until('a heartbeat without it', () => isEmpty() === '{"type":"heartbeat","executions":[]}');
  expect(dispatcher.heard.filter((message) => message.type === 'finished')).toEqual([]);
});

test('a runner that drains finishes what it has, hands it over, and leaves', async () => {
  await using one = await startRunner({ slots: 2 });
  const { dispatcher, runner } = one;
  const key = dispatcher.lease({ spec: { steps: [shell('sleep 0.3; echo finished')] } });
  await dispatcher.received('started');
  dispatcher.say({ type: 'drain' });
  await dispatcher.received('draining');
  await runner.finished;
  expect(await dispatcher.result(key)).toMatchObject({ conclusion: 'success' });
  expect(dispatcher.log(key).toString()).toContain('finished\n');
});

test('a runner that was told to drain is taken back, unless it leaves by its own wish', async () => {
  await using one = await startRunner({ slots: 2 });
  const { dispatcher, runner } = one;
  const key = dispatcher.lease({ spec: { steps: [shell('sleep 300')] } });
  await dispatcher.received('started');
  dispatcher.say({ type: 'drain' });
  await dispatcher.received('draining');
  dispatcher.say({ type: 'resume' });
  await dispatcher.received('taking');
  expect((await dispatcher.run()).result.conclusion).toBe('success');
  runner.drain();
  await dispatcher.received('draining', ({ isOwnWish }) => isOwnWish === true);
  dispatcher.say({ type: 'resume' });
  dispatcher.say({ type: 'cancel', ...key, why: 'the test is over' });
  await runner.finished;
  expect(dispatcher.heard.filter(({ type }) => type === 'taking')).toHaveLength(1);
});

test('a runner that is to run once takes one job, delivers it, and leaves', async () => {
  await using one = await startRunner({ once: true });
  const { result } = await one.dispatcher.run();
  expect(result.conclusion).toBe('success');
  await one.runner.finished;
});

test('a runner whose parent died finishes its job, keeps the result, and leaves', async () => {
  await using dir = await tempDir();
  const dispatcher = await FakeDispatcher.start();
  await using runner = new Runner(runnerOptions(dispatcher, dir.path));
  await runner.start();
  await dispatcher.received('hello');
  const key = dispatcher.lease({ spec: { steps: [shell('sleep 0.3; echo orphan')] } });
  await dispatcher.received('started');
  await dispatcher[Symbol.asyncDispose]();
  runner.setOrphaned();
  await runner.finished;
  await runner.stop();
  await using next = await FakeDispatcher.start();
  await using successor = new Runner(runnerOptions(next, dir.path));
  await successor.start();
  expect(await next.result(key)).toMatchObject({ conclusion: 'success' });
  expect(next.log(key).toString()).toContain('\norphan\n');
});

test('several slots work at the same time, each with its own folders', async () => {
  await using one = await startRunner({ slots: 3 });
  const { dispatcher } = one;
  const steps = [
    shell('touch "$TMPDIR/here"; until [ -e "$XDG_CACHE_HOME/go" ]; do sleep 0.01; done; echo "$HOME $(pwd)"'),
  ];
  const keys = [1, 2, 3].map(() => dispatcher.lease({ spec: { steps } }));
  for (const key of keys) await dispatcher.received('started', (message) => message.job === key.job);
  const caches = `${one.home}/caches/1-trusted`;
  await writeFile(`${caches}/go`, '');
  for (const key of keys) expect((await dispatcher.result(key)).conclusion).toBe('success');
  expect(new Set(keys.map((key) => dispatcher.log(key).toString().split('\n')[2])).size).toBe(3);
});

test('a job beyond the slots waits for one, and is given back if it is withdrawn before it has begun', async () => {
  await using one = await startRunner();
  const { dispatcher } = one;
  expect((await dispatcher.received('hello')).runner?.ahead).toBe(16);
  const first = dispatcher.lease({ spec: { steps: [shell('sleep 300')] } });
  const second = dispatcher.lease({ spec: { steps: [shell('echo never')] } });
  const third = dispatcher.lease({ spec: { steps: [shell('echo never')] } });
  await dispatcher.received('started', ({ job }) => job === first.job);
  for (const key of [first, second, third]) dispatcher.say({ type: 'withdraw', ...key });
  await dispatcher.received('returned', ({ job }) => job === third.job);
  expect(dispatcher.heard.filter(({ type }) => type === 'returned')).toMatchObject([second, third]);
  dispatcher.say({ type: 'cancel', ...first, why: 'enough' });
  await dispatcher.result(first);
  const last = dispatcher.lease({ spec: { steps: [shell('echo mine')] } });
  expect(await dispatcher.result(last)).toMatchObject({ conclusion: 'success' });
  expect(dispatcher.log(second).toString()).toBe('');
});

test('while more jobs wait for its slots, a runner keeps what it has to tell for a moment, and tells it together', async () => {
  await using dir = await tempDir();
  await using dispatcher = await FakeDispatcher.start();
  const clock = new ManualClock();
  await using runner = new Runner(runnerOptions(dispatcher, join(dir.path, 'home'), { clock }));
  await runner.start();
  await dispatcher.received('hello');
  const [begun, goOn] = [join(dir.path, 'begun'), join(dir.path, 'go-on')];
  const quick = { spec: { steps: [shell('exit 0')] } };
  const first = dispatcher.lease(quick);
  const blocked = shell(`touch ${begun}; until [ -e ${goOn} ]; do sleep 0.01; done`);
  const second = dispatcher.lease({ spec: { steps: [blocked] } });
  const others = [1, 2, 3].map(() => dispatcher.lease(quick));
  await waitFor('the second job', () => existsSync(begun));
  const finished = () => dispatcher.heard.filter(({ type }) => type === 'finished').length;
  expect(finished()).toBe(0);
  // the second one begins before the result of the first is written: that is told some moment later
  await waitFor('the first result to be told', () => {
    clock.advance(10);
    return finished() > 0;
  });
  await dispatcher.result(first);
  expect(finished()).toBe(1);
  await writeFile(goOn, '');
  for (const key of [second, ...others]) expect(await dispatcher.result(key)).toMatchObject({ conclusion: 'success' });
});

test('a second runner on the same home is turned away', async () => {
  await using one = await startRunner();
  await using other = new Runner(runnerOptions(one.dispatcher, one.home));
  await expect(other.start()).rejects.toMatchObject({ code: 'E_LOCKED' });
});

test('what jobs of an earlier life left running is ended before the runner says hello', async () => {
  await using one = await startRunner();
  const { log } = await one.dispatcher.run({ spec: { steps: [shell('echo "$SIGNALBOX_EXECUTION"')] } });
  const marker = /\n(\w+)\/\d+\/1\n/.exec(log)![1];
  await one.runner.stop();
  const env = { SIGNALBOX_EXECUTION: `${marker}/99/2`, PATH: process.env.PATH };
  const orphan = spawn('sh', ['-c', 'sleep 300'], { env, detached: true, stdio: 'ignore' });
  const gone = new Promise((resolve) => orphan.once('exit', (_, signal) => resolve(signal)));
  await using next = new Runner(runnerOptions(one.dispatcher, one.home));
  await next.start();
  expect(await gone).toBe('SIGKILL');
});

test('a runner whose name was taken by another leaves, and says why', async () => {
  await using one = await startRunner();
  one.dispatcher.say({ type: 'refused', code: 'E_FENCED', message: 'another runner named one is connected' });
  await expect(one.runner.finished).rejects.toMatchObject({ code: 'E_RUNNER_REFUSED' });
});

test('an exclusive job ends itself when the dispatcher is silent, and another one does not', async () => {
  await using one = await startRunner({ slots: 2, dispatching: { heartbeatMs: 50 }, limits: { exclusiveStopMs: 300 } });
  const { dispatcher } = one;
  const exclusive = dispatcher.lease({ spec: { exclusive: true, steps: [shell('sleep 300')] } });
  const other = dispatcher.lease({
    spec: { steps: [shell('until [ -e "$XDG_CACHE_HOME/go" ]; do sleep 0.01; done')] },
  });
  for (const { job } of [exclusive, other]) await dispatcher.received('started', (message) => message.job === job);
  dispatcher.acknowledgesHeartbeats = false;
  const result = await dispatcher.result(exclusive);
  expect(result).toMatchObject({ conclusion: 'error', reason: expect.stringContaining('an exclusive job stops') });
  await writeFile(`${one.home}/caches/1-trusted/go`, '');
  expect(await dispatcher.result(other)).toMatchObject({ conclusion: 'success' });
});

test('a runner that somebody has drained says so in its own log, and what would give it jobs again', async () => {
  const lines: string[] = [];
  const logger = pino({ base: null }, { write: (line: string) => void lines.push(line) });
  await using _ = await startRunner({ logger, dispatching: { isDrained: true } });
  await waitFor('the words', () => lines.some((line) => line.includes('somebody has drained this runner')));
  expect(lines.join('')).toContain('no job is given to it until \\"signalbox runners resume one\\"');
});
