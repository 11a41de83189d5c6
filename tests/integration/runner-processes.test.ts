import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shell } from '../support/fake-dispatcher.ts';
import { startRunnerWithStarter as startRunner } from '../support/runner.ts';

const quick = { limits: { graceMs: 200, pipeMs: 300 } };

function isAlive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
}

test('a daemon that left its session is found, killed and reported by name', async () => {
  await using one = await startRunner(quick);
  const script = 'setsid sleep 300 >/dev/null 2>&1 & true';
  const { result, log } = await one.dispatcher.run({
    spec: { steps: [shell(script)] },
  });
  expect(result.conclusion).toBe('success');
  expect(result.leftovers).toEqual([expect.stringMatching(/^(sh|setsid|sleep) \(pid \d+\)$/)]);
  expect(isAlive(Number(/pid (\d+)/.exec(result.leftovers[0]!)![1]))).toBe(false);
  expect(log).toMatch(/\[signalbox\] still running after the last step, and killed: \w+ \(pid \d+\)/);
});

test('a daemon with threads is one process, reported once', async () => {
  await using one = await startRunner(quick);
  const daemon = 'require("fs").writeFileSync("up", "yes"); setInterval(() => {}, 1e6)';
  const script = `setsid ${process.execPath} -e '${daemon}' >/dev/null 2>&1 & until [ -s up ]; do sleep 0.01; done`;
  const { result } = await one.dispatcher.run({ spec: { steps: [shell(script)] } });
  expect(result.leftovers).toEqual([expect.stringMatching(/^(node|MainThread|node-MainThread) \(pid \d+\)$/)]);
});

test('a daemon that hides its environment is found by the folder that it works in', async () => {
  await using one = await startRunner(quick);
  const hidden = 'setsid env -i sh -c "sleep 300 & echo \\$\\$ \\$! > up; wait" >/dev/null 2>&1 &';
  const script = `${hidden} until [ -s up ]; do sleep 0.01; done; cat up`;
  const { result, log } = await one.dispatcher.run({ spec: { steps: [shell(script)] } });
  const pids = /\n(\d+) (\d+)\n/.exec(log)!.slice(1).map(Number);
  expect(result.leftovers.map((name) => Number(/\d+/.exec(name))).sort()).toEqual(pids.sort());
  expect(pids.filter(isAlive)).toEqual([]);
});

test('a daemon that hides its environment and its folder is found by the output that it still holds', async () => {
  await using one = await startRunner(quick);
  const { result } = await one.dispatcher.run({ spec: { steps: [shell('cd /; (setsid env -i sleep 300 &)')] } });
  expect(result.leftovers).toEqual([expect.stringMatching(/^sleep \(pid \d+\)$/)]);
  expect(isAlive(Number(/\d+/.exec(result.leftovers[0]!)))).toBe(false);
});

test('a pipe that a grandchild holds does not hold the job', async () => {
  await using one = await startRunner(quick);
  const { result, log } = await one.dispatcher.run({ spec: { steps: [shell('sleep 300 & echo done')] } });
  expect(result).toMatchObject({ conclusion: 'success', leftovers: [expect.stringMatching(/^(sh|setsid|sleep) /)] });
  expect(log).toContain('\ndone\n');
  expect(result.completedAt - result.startedAt!).toBeLessThan(10_000);
});

test('what a process in the background still prints belongs to the log', async () => {
  await using one = await startRunner(quick);
  const { log } = await one.dispatcher.run({ spec: { steps: [shell('(sleep 0.1; echo late) & echo early')] } });
  expect(log).toContain('early\nlate\n');
});

test('a server that one step starts is there for the next one', async () => {
  await using one = await startRunner(quick);
  const first = shell('sleep 300 >/dev/null 2>&1 & echo $! > "$TMPDIR/pid"');
  const { result } = await one.dispatcher.run({ spec: { steps: [first, shell('kill -0 "$(cat "$TMPDIR/pid")"')] } });
  expect(result).toMatchObject({ conclusion: 'success', leftovers: [expect.stringMatching(/^(sh|setsid|sleep) /)] });
});

test('a job that takes too long is ended, and says after how long', async () => {
  await using one = await startRunner(quick);
  const { result, log } = await one.dispatcher.run({ spec: { timeoutMs: 1_000, steps: [shell('sleep 300')] } });
  expect(result).toMatchObject({
    conclusion: 'timed_out',
    reason: 'timed out after 1 second',
    exit: { signal: 'SIGTERM' },
  });
  expect(log).toContain('[signalbox] timed out after 1 second\n');
});

test('a process that ignores SIGTERM is killed after the grace', async () => {
  await using one = await startRunner(quick);
  const key = one.dispatcher.lease({ spec: { steps: [shell('trap "" TERM; echo ready; sleep 300; sleep 300')] } });
  await one.dispatcher.until('ready', () => one.dispatcher.log(key).includes('\nready'));
  one.dispatcher.say({ type: 'cancel', ...key, why: 'ada said so' });
  const result = await one.dispatcher.result(key);
  expect(result).toMatchObject({
    conclusion: 'cancelled',
    reason: 'cancelled: ada said so',
    exit: { signal: 'SIGKILL' },
  });
  expect(result.leftovers).toEqual([]);
});

test('a process killed from outside is a failure that names the signal and the likely cause', async () => {
  await using one = await startRunner(quick);
  const { result } = await one.dispatcher.run({ spec: { steps: [shell('kill -KILL $$')] } });
  expect(result).toMatchObject({ conclusion: 'failure', exit: { signal: 'SIGKILL' } });
  expect(result.reason).toContain('not by Signalbox; probably by the kernel, because the machine ran out of memory');
});

test('found tests whose tool is not installed could not be asked: an error that names the tool and the runner', async () => {
  await using one = await startRunner(quick);
  const { result } = await one.dispatcher.run({ spec: { steps: [{ name: 'x', command: ['no-such-program'] }] } });
  expect(result).toMatchObject({ conclusion: 'error', exit: null, startedAt: null });
  expect(result.reason).toContain(
    'no-such-program is not installed where this ran (runner one), or is not on the PATH there',
  );
});

test('a script of the commit that is not there is a failure with the exit code of a shell', async () => {
  await using one = await startRunner(quick);
  const { result } = await one.dispatcher.run({ spec: { steps: [{ name: 'x', command: ['./no-such-script'] }] } });
  expect(result).toMatchObject({ conclusion: 'failure', exit: { status: 127 }, startedAt: null });
  expect(result.reason).toContain('command not found: ./no-such-script (there is no such file in the commit');
});

test('a step in a folder that the commit does not have says so', async () => {
  await using one = await startRunner(quick);
  const { result } = await one.dispatcher.run({ spec: { steps: [{ name: 'x', command: ['true'], dir: 'no/such' }] } });
  expect(result).toMatchObject({ conclusion: 'failure', reason: 'there is no folder no/such in this commit' });
});

test('output and errors come in the order in which they were printed', async () => {
  await using one = await startRunner(quick);
  const script = 'for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; echo dev $i > /dev/stderr; done';
  const { log } = await one.dispatcher.run({ spec: { steps: [shell(script)] } });
  const lines = [1, 2, 3, 4, 5].flatMap((i) => [`out ${i}`, `err ${i}`, `dev ${i}`]);
  expect(log).toContain(`\n${lines.join('\n')}\n`);
});

test('a process that reads its input finds the end of it', async () => {
  await using one = await startRunner(quick);
  const { result } = await one.dispatcher.run({ spec: { steps: [shell('cat; read x || exit 4')] } });
  expect(result.exit).toEqual({ status: 4 });
});

test('a job that forks as fast as it can is ended whole', async () => {
  await using one = await startRunner(quick);
  const script =
    'for i in 1 2 3 4 5 6 7 8; do (while :; do setsid sh -c "exec sleep 0.3" & sleep 0.02; done) & done >/dev/null 2>&1; sleep 0.2';
  const { result } = await one.dispatcher.run({ spec: { steps: [shell(script)] } });
  expect(result.leftovers.length).toBeGreaterThan(8);
  expect(result.leftovers).not.toContain('some of them could not be killed');
});
