import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { Ci } from '../support/ci.ts';
import { keyOf } from '../support/fake-runner.ts';

async function logOf(ci: Ci, key: { job: number; execution: number }): Promise<string> {
  return (await buffer(await ci.logs.read(keyOf(key)))).toString('utf8');
}

test('log chunks are on disk when they are acknowledged, and the whole log when the result is', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  await ci.push(repository);
  const lease = await runner.lease();
  await runner.log(lease, 0, 'one\n');
  await ci.logStored(runner, 4);
  expect(await logOf(ci, lease)).toBe('one\n');
  await runner.log(lease, 4, 'two\n');
  await runner.finished(lease, { logBytes: 8 });
  expect(await logOf(ci, lease)).toBe('one\ntwo\n');
});

test('many chunks of a moment are acknowledged together', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  await ci.push(repository);
  const lease = await runner.lease();
  runner.socket.cork();
  for (let at = 0; at < 500; at++) await runner.log(lease, at * 2, `${at % 10}\n`);
  runner.socket.uncork();
  await ci.logStored(runner, 1000);
  expect(runner.count('log_ack')).toBeLessThan(50);
  expect((await logOf(ci, lease)).length).toBe(1000);
});

test('a log goes on where our copy ends, without loss or doubling, however the connection breaks', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const text = Array.from({ length: 20_000 }, (_, at) => `line ${at}\n`).join('');
  let runner = await ci.runner();
  const [run] = await ci.push(repository);
  const lease = await runner.lease();
  let from = 0;
  for (const until of [10_000, 60_000, 60_001, text.length]) {
    for (let at = from; at < until; at += 7_000)
      await runner.log(lease, at, text.slice(at, Math.min(at + 7_000, until)));
    await runner.heartbeat([lease]);
    await runner.vanish(); // whatever was not written is sent again
    runner = await ci.runner({ executions: [{ ...keyOf(lease), logBytes: text.length }] });
    const [welcome] = runner.heard;
    from = welcome?.type === 'welcome' ? (welcome.resume[0]?.logBytes ?? 0) : 0;
    from = Math.max(0, from - 3_000); // a runner may send again what we have
  }
  await runner.log(lease, from, text.slice(from));
  await runner.finished(lease, { logBytes: text.length });
  expect(await logOf(ci, lease)).toBe(text);
  expect((await ci.completed(run)).conclusion).toBe('success');
});

test('a gap in a log makes the runner come back and go on from where it begins', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  await ci.push(repository);
  const lease = await runner.lease();
  await runner.log(lease, 0, 'abc');
  await ci.logStored(runner, 3);
  await runner.log(lease, 6, 'ghi');
  await runner.closed;
  const again = await ci.runner({ executions: [{ ...keyOf(lease), logBytes: 9 }] });
  expect(again.heard[0]).toMatchObject({ resume: [{ ...keyOf(lease), logBytes: 3 }] });
});

test('a result whose log is not complete is not acknowledged, until it comes for the third time', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  let runner = await ci.runner();
  const [run] = await ci.push(repository);
  const lease = await runner.lease();
  for (let time = 0; time < 2; time++) {
    runner.finish(lease, { logBytes: 100 });
    await runner.closed;
    expect(runner.count('finished_ack')).toBe(0);
    runner = await ci.runner({ executions: [{ ...keyOf(lease), logBytes: 100 }] });
  }
  expect(await runner.finished(lease, { logBytes: 100 })).toMatchObject({ outcome: 'accepted' });
  expect((await ci.completed(run)).conclusion).toBe('success');
});

test('nobody writes into the log of a job that is not theirs', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  await ci.push(repository);
  const lease = await runner.lease();
  const other = await ci.runner({ name: 'two' });
  await other.log(lease, 0, 'not mine');
  await other.log({ job: 4711, execution: 1 }, 0, 'nobody');
  await other.heartbeat();
  expect([await ci.logs.size(keyOf(lease)), await ci.logs.size({ job: 4711, execution: 1 })]).toEqual([0, 0]);
});
