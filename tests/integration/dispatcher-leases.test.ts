import { expect, test } from 'vitest';
import { Ci } from '../support/ci.ts';
import { keyOf } from '../support/fake-runner.ts';

test('a commit that is told of is leased to a free runner, with all that it needs', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  const sha = await repository.commit('second');
  const [run] = await ci.push(repository, sha);
  expect(await runner.lease()).toMatchObject({
    sha,
    tree: await repository.git('rev-parse', 'HEAD^{tree}'),
    execution: 1,
    run: { id: run, number: 1, attempt: 1, event: 'push', ref: 'refs/heads/main' },
    repository: { id: repository.record.id, name: 'local/app' },
    spec: { steps: [{ command: ['./ci.sh'] }] },
    git: { objects: [expect.stringContaining('.git/objects')], path: `/git/${repository.record.id}` },
  });
});

test('commits are given in their order, one per slot, and numbered in it', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const shas = [await repository.commit('a'), await repository.commit('b'), await repository.commit('c')];
  const runs = await ci.push(repository, ...shas);
  const runner = await ci.runner({ slots: 1 });
  const given: string[] = [];
  for (let at = 0; at < 3; at++) {
    const lease = await runner.lease();
    given.push(lease.sha);
    expect(runner.holds).toHaveLength(1);
    expect(await runner.finished(lease)).toMatchObject({ outcome: 'accepted' });
  }
  expect(given).toEqual([shas[2], shas[0], shas[1]]); // the tip before those in between
  expect(await Promise.all(runs.map(async (run) => (await ci.show(run)).run.number))).toEqual([1, 2, 3]);
  expect((await ci.completed(runs[0])).conclusion).toBe('success');
});

test('a runner whose connection drops and that comes back keeps its job', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const first = await ci.runner();
  const other = await ci.runner({ name: 'other', slots: 0 });
  const [run] = await ci.push(repository);
  const lease = await first.lease();
  await first.log(lease, 0, 'hello\n');
  await ci.logStored(first);
  await first.vanish();
  await ci.pass(55_000);
  const again = ci.client(await ci.runner({ executions: [{ ...keyOf(lease), logBytes: 6 }] }));
  const welcome = again.heard[0];
  expect(welcome).toMatchObject({ type: 'welcome', resume: [{ ...keyOf(lease), logBytes: 6 }], drop: [] });
  again.holds.push(lease);
  await ci.pass(60_000);
  expect(await again.finished(lease, { logBytes: 6 })).toMatchObject({ outcome: 'accepted' });
  expect((await ci.completed(run)).conclusion).toBe('success');
  expect((await ci.show(run)).jobs).toMatchObject([{ executions: [{ number: 1, outcome: 'finished' }] }]);
  expect(other.count('lease')).toBe(0);
});

test('a job whose runner vanishes is given to another once the time to come back is over', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const first = await ci.runner();
  const [run] = await ci.push(repository);
  await first.lease();
  await first.vanish();
  const second = await ci.runner({ name: 'two' });
  await ci.pass(55_000);
  expect(second.count('lease')).toBe(0);
  await ci.pass(5_000);
  const lease = await second.lease();
  expect(lease.execution).toBe(2);
  await second.finished(lease);
  expect((await ci.completed(run)).conclusion).toBe('success');
  expect((await ci.show(run)).jobs).toMatchObject([
    {
      executions: [
        { outcome: 'lost', runner: 'one' },
        { outcome: 'finished', runner: 'two' },
      ],
    },
  ]);
});

test('a deployment whose runner is lost ends with error and is not begun again, until a person asks for it', async () => {
  const deploy = 'ship: { runs-on: ubuntu-latest, environment: production, steps: [{ run: ./ship.sh }] }';
  await using ci = await Ci.start();
  await using repository = await ci.repository({ '.github/workflows/ship.yml': `on: push\njobs:\n  ${deploy}\n` });
  const first = await ci.runner();
  const [run] = await ci.push(repository);
  const lost = await first.lease();
  await ci.started(first, lost);
  await first.vanish();
  const second = await ci.runner({ name: 'two' });
  await ci.pass(65_000);
  expect(await ci.completed(run)).toMatchObject({ conclusion: 'error' });
  const [job] = (await ci.show(run)).jobs;
  expect(job).toMatchObject({ conclusion: 'error', executions: [{ outcome: 'lost', runner: 'one' }] });
  expect(job?.reason).toContain(
    'the runner one was lost while it deployed to production: its runner did not come back',
  );
  expect(job?.reason).toContain(`not begun again, since it may have been done already`);
  expect(job?.reason).toContain(`\`signalbox rerun ${run} --failed\` does so`);
  expect(second.count('lease')).toBe(0);
  await ci.store.rerun(run ?? 0, { failedOnly: true }, ci.clock.now());
  expect(await second.lease()).toMatchObject({ job: lost.job, execution: 2 });
});

test('a runner that is connected and says nothing of its job loses it', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  await ci.push(repository);
  const lease = await runner.lease();
  runner.holds.length = 0;
  await ci.pass(30_000);
  expect(await runner.lease()).toMatchObject({ job: lease.job, execution: 2 });
  const { lost } = await runner.heartbeat([lease]);
  expect(lost).toEqual([keyOf(lease)]);
});

test('a job that lost three runners ends with error', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const [run] = await ci.push(repository);
  for (const execution of [1, 2, 3]) {
    const runner = await ci.runner({ session: `session-${execution}` });
    expect(await runner.lease()).toMatchObject({ execution });
    await runner.vanish();
  }
  const last = await ci.runner({ session: 'session-4' });
  expect(await ci.completed(run)).toMatchObject({ conclusion: 'error' });
  expect(last.count('lease')).toBe(0);
  expect((await ci.show(run)).jobs[0]?.reason).toContain('came back without it');
});

test('what a runner does not name when it comes back is lost at once', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const first = await ci.runner();
  await ci.push(repository);
  const lease = await first.lease();
  await first.vanish();
  const again = await ci.runner({ session: 'session-2' });
  expect(await again.lease()).toMatchObject({ job: lease.job, execution: 2 });
});

test('executions that nobody gave to a runner are dropped', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  await ci.push(repository);
  const first = await ci.runner();
  const lease = await first.lease();
  const stranger = await ci.runner({
    name: 'two',
    executions: [
      { ...keyOf(lease), logBytes: 0 },
      { job: 999, execution: 1, logBytes: 5, isFinished: true },
    ],
  });
  expect(stranger.heard[0]).toMatchObject({ resume: [], drop: [keyOf(lease), { job: 999, execution: 1 }] });
});

test('a result that comes too late is answered stale, kept as evidence, and changes nothing', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const first = await ci.runner();
  const [run] = await ci.push(repository);
  const lease = await first.lease();
  await first.vanish();
  const second = await ci.runner({ name: 'two' });
  await ci.pass(60_000);
  const newer = await second.lease();
  const late = await ci.runner({
    session: 'session-2',
    executions: [{ ...keyOf(lease), logBytes: 0, isFinished: true }],
  });
  expect(late.heard[0]).toMatchObject({ resume: [keyOf(lease)], drop: [] });
  expect(await late.finished(lease, { conclusion: 'failure', exit: { status: 1 } })).toMatchObject({
    outcome: 'stale',
  });
  await second.finished(newer);
  expect((await ci.completed(run)).conclusion).toBe('success');
  expect((await ci.show(run)).jobs[0]?.executions).toMatchObject([
    { outcome: 'stale', conclusion: 'failure' },
    { outcome: 'finished', conclusion: 'success' },
  ]);
});

test('a result that is said twice counts once', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  const [run] = await ci.push(repository);
  const lease = await runner.lease();
  expect(await runner.finished(lease)).toMatchObject({ outcome: 'accepted' });
  expect(await runner.finished(lease, { conclusion: 'failure' })).toMatchObject({ outcome: 'accepted' });
  expect((await ci.completed(run)).conclusion).toBe('success');
});

test('a restart keeps the queue and what runs', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  const waiting = await repository.commit('second');
  const runs = [...(await ci.push(repository, await repository.git('rev-parse', 'HEAD~1')))];
  const lease = await runner.lease();
  await ci.started(runner, lease);
  runs.push(...(await ci.push(repository, waiting)));
  await ci.restart();
  expect(await runner.closed).toBeDefined();
  const again = await ci.runner({ executions: [{ ...keyOf(lease), logBytes: 0 }] });
  expect(again.heard[0]).toMatchObject({ resume: [keyOf(lease)], drop: [] });
  await again.finished(lease);
  const next = await again.lease();
  expect(next).toMatchObject({ sha: waiting, execution: 1 });
  await again.finished(next);
  for (const run of runs) expect((await ci.completed(run)).conclusion).toBe('success');
});

test('what ran under the last dispatcher and does not come back is given to another', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  await ci.push(repository);
  const lease = await runner.lease();
  await ci.restart();
  const other = await ci.runner({ name: 'two' });
  await ci.pass(60_000);
  expect(await other.lease()).toMatchObject({ job: lease.job, execution: 2 });
});

test('a job that takes longer than it may is cancelled from here, and is over without its runner', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  const [run] = await ci.push(repository);
  const lease = await runner.lease();
  await ci.started(runner, lease);
  await ci.pass(3_600_000 + 30_000);
  expect(await runner.received('cancel')).toMatchObject(keyOf(lease));
  await ci.pass(60_000);
  expect(await ci.completed(run)).toMatchObject({ conclusion: 'timed_out' });
  expect(await runner.finished(lease)).toMatchObject({ outcome: 'accepted' });
  expect((await ci.show(run)).run.conclusion).toBe('timed_out');
});
