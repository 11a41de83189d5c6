import { pino } from 'pino';
import { expect, test } from 'vitest';
import { whyWaiting } from '../../src/model/pool.ts';
import { StoreBrokenError, StoreFullError } from '../../src/store/errors.ts';
import { Ci } from '../support/ci.ts';
import { failWrites } from '../support/disk-fault.ts';
import { keyOf } from '../support/fake-runner.ts';
import { waitFor } from '../support/wait-for.ts';

test('when the disk is full nothing new is accepted, nothing is lost, and all goes on once there is room', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'info', base: null }, { write: (line: string) => void lines.push(line) });
  await using ci = await Ci.start({ logger });
  await using repository = await ci.repository();
  const runner = await ci.runner();
  const [run] = await ci.push(repository);
  const lease = await runner.lease();
  const makeRoom = failWrites(ci.store, ci.logs, new StoreFullError(ci.home));

  const second = await repository.commit('second');
  await expect(ci.push(repository, second)).rejects.toThrow('E_STORE_FULL');
  await expect(ci.push(repository, second)).rejects.toThrow('E_STORE_FULL');
  runner.started(lease);
  runner.finish(lease);
  await runner.heartbeat([lease]);
  await ci.pass(120_000); // longer than any lease: who is connected keeps what it has
  expect(runner.count('finished_ack')).toBe(0);
  expect(runner.connection.isClosed).toBe(false);
  expect(lines.filter((line) => line.includes('the disk is full'))).toHaveLength(1);

  makeRoom();
  await ci.pass(5_000);
  expect(await runner.received('finished_ack')).toMatchObject({ ...keyOf(lease), outcome: 'accepted' });
  expect((await ci.completed(run)).conclusion).toBe('success');
  expect((await ci.show(run)).jobs[0]?.executions).toHaveLength(1);
  await ci.push(repository, second);
  expect(await runner.lease()).toMatchObject({ sha: second });
});

const LOW = { folder: '/srv/runner', freeBytes: 312e6, floorBytes: 500e6 };

test('a runner without room on its disk is given nothing until it has some, and the queue says so', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner({ lowDisk: LOW });
  expect(runner.heard[0]).toMatchObject({ type: 'welcome', heedsDisk: true });
  const [run] = await ci.push(repository);
  runner.send({ type: 'heartbeat', executions: [], lowDisk: LOW });
  await runner.received('heartbeat_ack');
  expect(runner.count('lease')).toBe(0);
  expect(ci.dispatcher.runners()).toMatchObject([{ state: 'idle', lowDisk: LOW }]);
  const [job] = (await ci.store.queue(10)).jobs;
  expect(whyWaiting({ ...job!, ahead: 0 }, ci.dispatcher.runners())).toBe(
    'the disk of one is nearly full; it has 312 MB free of the 500 MB that it keeps free: make room on the disk of /srv/runner on here, and the job starts by itself',
  );
  runner.send({ type: 'heartbeat', executions: [] });
  await runner.finished(await runner.lease());
  expect(await ci.completed(run)).toMatchObject({ conclusion: 'success' });
});

test('a job that a runner gives back for want of room is not lost, however often: it waits, and others may have it', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  const [run] = await ci.push(repository);
  for (let time = 0; time < 4; time++) {
    const lease = await runner.lease();
    runner.send({ type: 'heartbeat', executions: [keyOf(lease)], lowDisk: LOW });
    runner.send({ type: 'returned', ...keyOf(lease) });
    await waitFor('the job to wait again', async () => (await ci.show(run)).jobs[0]?.state === 'queued');
    expect(runner.count('lease')).toBe(time + 1);
    if (time < 3) runner.send({ type: 'heartbeat', executions: [] });
  }
  const other = await ci.runner({ name: 'two' });
  await other.finished(await other.lease());
  expect(await ci.completed(run)).toMatchObject({ conclusion: 'success' });
  const [job] = (await ci.show(run)).jobs;
  expect(job?.executions.map(({ outcome }) => outcome)).toEqual([...Array(4).fill('returned'), 'finished']);
  expect(await ci.store.recentExecutions()).toMatchObject([{ runner: 'two', outcome: 'finished' }]);
  expect(job?.executions[0]?.reason).toBe('runner one has 312 MB free of the 500 MB that it keeps free');
});

test('a log that did not fit on the disk goes on where it ends there, once there is room', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  const [run] = await ci.push(repository);
  const lease = await runner.lease();
  await runner.log(lease, 0, 'fits');
  await ci.logStored(runner);
  const makeRoom = failWrites(ci.store, ci.logs, new StoreFullError(ci.home));
  await runner.log(lease, 4, 'does not');
  await runner.log(lease, 12, 'nor this');
  runner.finish(lease, { logBytes: 20 });
  await runner.heartbeat([lease]);
  makeRoom();
  ci.clock.advance(5_000);
  await runner.closed;
  const again = await ci.runner({ executions: [{ ...keyOf(lease), logBytes: 20 }] });
  expect(again.heard[0]).toMatchObject({ resume: [{ ...keyOf(lease), logBytes: 12 }] });
  await again.log(lease, 12, 'nor this');
  await again.finished(lease, { logBytes: 20 });
  expect((await ci.completed(run)).conclusion).toBe('success');
});

test('jobs of a runner that is lost while the disk is full are given away once there is room', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  await ci.push(repository);
  const lease = await runner.lease();
  const makeRoom = failWrites(ci.store, ci.logs, new StoreFullError(ci.home));
  await runner.vanish();
  await waitFor('the end of the connection', () => ci.dispatcher.runners()[0]?.state === 'lost');
  const other = await ci.runner({ name: 'two' });
  await ci.pass(65_000);
  expect(other.count('lease')).toBe(0);
  makeRoom();
  await ci.pass(5_000);
  expect(await other.lease()).toMatchObject({ job: lease.job, execution: 2 });
});

test('a broken store is fatal: it is said once, and nothing is acknowledged', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  await ci.push(repository);
  const lease = await runner.lease();
  const fatal: Error[] = [];
  ci.dispatcher.on('fatal', (error) => fatal.push(error));
  failWrites(ci.store, ci.logs, new StoreBrokenError(ci.home, 'disk I/O error'));
  runner.finish(lease);
  await expect(ci.push(repository, await repository.commit('second'))).rejects.toThrow('E_STORE_BROKEN');
  await runner.heartbeat([lease]);
  expect(fatal).toMatchObject([{ code: 'E_STORE_BROKEN' }]);
  expect(runner.count('finished_ack')).toBe(0);
});
