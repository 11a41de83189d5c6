import { expect, test } from 'vitest';
import { shell } from '../support/fake-dispatcher.ts';
import { startRunner } from '../support/runner.ts';

test('output beyond the limit is thrown away, and the log says how much', async () => {
  await using one = await startRunner();
  const spec = { logLimitBytes: 1_000_000, steps: [shell('head -c 3000000 /dev/zero | tr "\\0" x; exit 5')] };
  const { result, log } = await one.dispatcher.run({ spec });
  expect(result).toMatchObject({ conclusion: 'failure', exit: { status: 5 }, logBytesDropped: 2_000_000 });
  expect(log).toMatch(
    /x\n\[signalbox\] exit code 5 after .*\n\[signalbox\] output beyond 1 MB was thrown away: 2000000 bytes\n$/,
  );
  expect(log.match(/x+\n/)![0].length).toBe(1_000_001);
  expect(result.logBytes).toBe(log.length);
});

test('one line of 120 MB passes, and the memory of the runner does not grow with it', async () => {
  await using one = await startRunner({ dispatching: { keepsLogs: false } });
  const before = process.memoryUsage().arrayBuffers;
  const key = one.dispatcher.lease({
    spec: { logLimitBytes: 2e8, steps: [shell('head -c 120000000 /dev/zero | tr "\\0" y')] },
  });
  const result = await one.dispatcher.result(key);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(70_000_000);
  expect(result).toMatchObject({ conclusion: 'success', logBytesDropped: 0 });
  expect(result.logBytes).toBeGreaterThan(120_000_000);
  expect(one.dispatcher.logBytes(key)).toBe(result.logBytes);
  expect(one.dispatcher.gaps).toEqual([]);
});

test('zero bytes and bytes that are no UTF-8 arrive as they were printed', async () => {
  await using one = await startRunner();
  const key = one.dispatcher.lease({ spec: { steps: [shell("printf 'a\\000b\\377\\376\\033[31m\\r\\n'")] } });
  await one.dispatcher.result(key);
  expect(one.dispatcher.log(key).includes(Buffer.from('a\0b\xff\xfe\x1b[31m\r\n', 'latin1'))).toBe(true);
});

test('output is seen while the job runs', async () => {
  await using one = await startRunner();
  const key = one.dispatcher.lease({ spec: { steps: [shell('echo one; until [ -e go ]; do sleep 0.01; done')] } });
  await one.dispatcher.until('the first line', () => one.dispatcher.log(key).includes('\none\n'));
  one.dispatcher.say({ type: 'cancel', ...key, why: 'seen' });
  expect((await one.dispatcher.result(key)).conclusion).toBe('cancelled');
});

test('while nobody listens, output waits on the disk and arrives whole', async () => {
  await using one = await startRunner();
  const script = 'echo begin; until [ -e "$XDG_CACHE_HOME/go" ]; do sleep 0.01; done; seq 1 200000';
  const key = one.dispatcher.lease({ spec: { steps: [shell(script)] } });
  await one.dispatcher.until('the first line', () => one.dispatcher.log(key).includes('\nbegin\n'));
  one.dispatcher.session.pause(true); // it takes nothing off the wire
  const { writeFile } = await import('node:fs/promises');
  await writeFile(`${one.home}/caches/1-trusted/go`, '');
  await one.dispatcher.until('a new connection', () => {
    one.dispatcher.disconnect();
    return one.dispatcher.heard.filter((message) => message.type === 'hello').length > 1;
  });
  const result = await one.dispatcher.result(key);
  const expected = Array.from({ length: 200_000 }, (_, i) => `${i + 1}\n`).join('');
  expect(one.dispatcher.log(key).includes(expected)).toBe(true);
  expect(one.dispatcher.log(key).length).toBe(result.logBytes);
});

test('a log that cannot be written makes the job an error, and the result is told all the same', async () => {
  await using one = await startRunner();
  const { result } = await one.dispatcher.run({ job: 5, spec: { steps: [shell('ls -l /proc/self/fd/1')] } });
  expect(result.conclusion).toBe('success');
  const { mkdirSync, writeFileSync, rmSync } = await import('node:fs');
  rmSync(`${one.home}/spool`, { recursive: true, force: true });
  writeFileSync(`${one.home}/spool`, 'in the way');
  const failed = await one.dispatcher.run({ job: 6 });
  expect(failed.result).toMatchObject({ conclusion: 'error' });
  expect(failed.result.reason).toContain('runner one could not execute it');
  rmSync(`${one.home}/spool`);
  mkdirSync(`${one.home}/spool`);
});
