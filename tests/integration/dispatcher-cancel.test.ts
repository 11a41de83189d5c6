import { expect, test } from 'vitest';
import { Ci } from '../support/ci.ts';
import { keyOf } from '../support/fake-runner.ts';

const NOW = new Date('2026-01-01T00:00:00Z');

test('the runner of a cancelled run is told at once, and what it says then is the verdict', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  const [run] = await ci.push(repository);
  const lease = await runner.lease();
  await ci.store.cancel(run!, 'Ada asked for it', NOW);
  expect(await runner.received('cancel')).toMatchObject({ ...keyOf(lease), why: 'Ada asked for it' });
  await runner.finished(lease, { conclusion: 'cancelled', reason: 'cancelled: Ada asked for it' });
  expect(await ci.completed(run)).toMatchObject({ conclusion: 'cancelled', reason: 'cancelled: Ada asked for it' });
});

test('asked once more, the runner is told that nothing of the job is to go on', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  const [run] = await ci.push(repository);
  const lease = await runner.lease();
  await ci.store.cancel(run!, 'Ada asked for it', NOW);
  expect(await ci.store.cancel(run!, 'Ada asked again', NOW)).toMatchObject({ isForced: true, stopping: ['ci'] });
  const told = await runner.received('cancel', ({ force }) => force === true);
  expect(told).toMatchObject({ ...keyOf(lease), why: 'Ada asked again' });
});

test('a runner that was away while its run was cancelled is told when it comes back', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const first = await ci.runner();
  const [run] = await ci.push(repository);
  const lease = await first.lease();
  await first.vanish();
  await ci.store.cancel(run!, 'Ada asked for it', NOW);
  const again = ci.client(await ci.runner({ executions: [{ ...keyOf(lease), logBytes: 0 }] }));
  expect(await again.received('cancel')).toMatchObject(keyOf(lease));
  await again.finished(lease, { conclusion: 'cancelled' });
  expect((await ci.completed(run)).conclusion).toBe('cancelled');
});
