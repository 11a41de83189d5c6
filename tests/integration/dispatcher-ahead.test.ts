import { expect, test } from 'vitest';
import type { LeaseMessage } from '../../src/protocol/from-dispatcher.ts';
import { Ci } from '../support/ci.ts';
import { type FakeRunner, keyOf } from '../support/fake-runner.ts';

const QUICK = { startedAt: 0, completedAt: 5 };

/** A runner with one slot that has finished the first of `commits` jobs, and has begun the next. */
async function startBurst(ci: Ci, commits: number, first = QUICK) {
  const repository = await ci.repository();
  const shas: string[] = [];
  for (let at = 0; at < commits; at++) shas.push(await repository.commit(`commit ${at}`));
  const runs = await ci.push(repository, ...shas);
  const runner = await ci.runner({ slots: 1, ahead: 1 });
  await runner.finished(await runner.lease(), first);
  return { repository, runs, runner, running: await runner.lease() };
}

/** It says that it is there, and was answered: what it was to be given by then has come. */
async function holds(runner: FakeRunner): Promise<readonly LeaseMessage[]> {
  await runner.heartbeat();
  return runner.holds;
}

test('a runner whose jobs are over in a moment is given the next one ahead, so that its slot waits for nothing', async () => {
  await using ci = await Ci.start();
  const { repository, runs, runner, running } = await startBurst(ci, 4);
  await using _ = repository;
  const next = await runner.lease();
  expect(next).toMatchObject({ execution: 1 });
  expect(ci.dispatcher.runners()).toMatchObject([{ executions: [keyOf(running)] }]);
  await runner.finished(running, QUICK);
  const last = await runner.lease();
  expect(ci.dispatcher.runners()).toMatchObject([{ executions: [keyOf(next)] }]);
  await runner.finished(next, QUICK);
  await runner.finished(last, QUICK);
  for (const run of runs) expect((await ci.completed(run)).conclusion).toBe('success');
});

test('a job that was given ahead and waits behind a longer one goes to whoever is free, and nothing was lost', async () => {
  await using ci = await Ci.start();
  const { repository, runner } = await startBurst(ci, 3);
  await using _ = repository;
  const ahead = await runner.lease();
  const other = await ci.runner({ name: 'two' });
  ci.clock.advance(100);
  expect(await runner.received('withdraw')).toMatchObject(keyOf(ahead));
  runner.holds.pop();
  runner.send({ type: 'returned', ...keyOf(ahead) });
  const again = await other.lease();
  expect(again).toMatchObject({ job: ahead.job, execution: 2 });
  await other.finished(again);
  expect(await ci.completed(ahead.run.id)).toMatchObject({ conclusion: 'success' });
  const [job] = (await ci.show(ahead.run.id)).jobs;
  expect(job?.executions.map(({ outcome }) => outcome)).toEqual(['returned', 'finished']);
  expect((await ci.store.events(0, 1_000)).some(({ type }) => type === 'job.lost')).toBe(false);
});

test('a job that was begun before its withdrawal arrived goes on where it is', async () => {
  await using ci = await Ci.start();
  const { repository, runner, running } = await startBurst(ci, 3);
  await using _ = repository;
  const ahead = await runner.lease();
  ci.clock.advance(100);
  await runner.received('withdraw');
  await runner.finished(running, QUICK);
  expect(await runner.finished(ahead, QUICK)).toMatchObject({ outcome: 'accepted' });
  expect((await ci.show(ahead.run.id)).jobs[0]?.executions).toMatchObject([{ outcome: 'finished' }]);
});

test('no runner is given a job ahead of one that takes its time, nor one that does not ask for that', async () => {
  await using ci = await Ci.start();
  const { repository, runner } = await startBurst(ci, 3, { startedAt: 0, completedAt: 60 });
  await using _ = repository;
  expect(await holds(runner)).toHaveLength(1);
  const modest = await ci.runner({ name: 'two', slots: 1 });
  await modest.finished(await modest.lease(), QUICK);
  expect(await holds(modest)).toHaveLength(0);
});

test('a job that was given ahead to a runner that died was not lost: three of them do not end it', async () => {
  await using ci = await Ci.start();
  const { repository, runner, running } = await startBurst(ci, 3);
  await using _ = repository;
  const ahead = await runner.lease();
  await runner.vanish();
  const next = await ci.runner({ session: 'session-2', slots: 2 });
  await Promise.all([next.lease(), next.lease()]);
  const outcomes = async (run: number) => (await ci.show(run)).jobs[0]?.executions.map(({ outcome }) => outcome);
  expect(await outcomes(running.run.id)).toEqual(['lost', null]);
  expect(await outcomes(ahead.run.id)).toEqual(['returned', null]);
});

test('what was given ahead is not lost when the dispatcher restarts and the runner comes back with it', async () => {
  await using ci = await Ci.start();
  const { repository, runner, running } = await startBurst(ci, 3);
  await using _ = repository;
  const ahead = await runner.lease();
  await ci.restart();
  const executions = [running, ahead].map((key) => ({ ...keyOf(key), logBytes: 0 }));
  const again = await ci.runner({ slots: 1, ahead: 1, executions });
  expect(again.heard[0]).toMatchObject({ drop: [] });
  ci.clock.advance(100);
  expect(await again.received('withdraw')).toMatchObject(keyOf(ahead));
  expect(await again.finished(running)).toMatchObject({ outcome: 'accepted' });
  expect(await again.finished(ahead)).toMatchObject({ outcome: 'accepted' });
});

test('what a runner had not begun when the dispatcher ended is not lost, if the runner does not come back with it either', async () => {
  await using ci = await Ci.start();
  const { repository, runner, running } = await startBurst(ci, 3);
  await using _ = repository;
  const ahead = await runner.lease();
  await ci.started(runner, running);
  await ci.restart();
  const next = await ci.runner({ session: 'session-2', slots: 2 });
  await Promise.all([next.lease(), next.lease()]);
  const outcomes = async (run: number) => (await ci.show(run)).jobs[0]?.executions.map(({ outcome }) => outcome);
  expect(await outcomes(running.run.id)).toEqual(['lost', null]);
  expect(await outcomes(ahead.run.id)).toEqual(['returned', null]);
});
