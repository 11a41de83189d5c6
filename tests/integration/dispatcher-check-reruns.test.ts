import { expect, test } from 'vitest';
import { Ci } from '../support/ci.ts';
import { commitOf, pushOf, resultOf, shaOf } from '../support/store.ts';

/** A repository with a run that has failed. */
async function failedRun(ci: Ci) {
  const repository = await ci.repository();
  const runner = await ci.runner();
  const [run = 0] = await ci.push(repository);
  await runner.finished(await runner.lease(), { conclusion: 'failure' });
  await ci.completed(run);
  return { repository, runner, run };
}

const check = (action: string, run: number, identifier?: string) => ({
  name: 'check_run',
  payload: {
    action,
    check_run: { external_id: `signalbox:${run}:1` },
    ...(identifier === undefined ? {} : { requested_action: { identifier } }),
  },
});

test('the buttons of a check run it again, once', async () => {
  await using ci = await Ci.start();
  const { repository, run } = await failedRun(ci);
  await using _ = repository;
  expect((await ci.event(repository.record, check('requested_action', run, 'rerun_failed'))).runs).toEqual([run]);
  expect((await ci.show(run)).run).toMatchObject({ attempt: 2, status: 'queued' });
  const again = await ci.event(repository.record, check('rerequested', run));
  expect(again).toMatchObject({ runs: [], note: expect.stringMatching(/not (?:over|complete)|is still/) });
  expect((await ci.show(run)).run.attempt).toBe(2);
});

test('"re-run all checks" runs the newest runs of the commit again', async () => {
  await using ci = await Ci.start();
  const { repository, run } = await failedRun(ci);
  await using _ = repository;
  const { sha } = (await ci.show(run)).run;
  const suite = { name: 'check_suite', payload: { action: 'rerequested', check_suite: { head_sha: sha } } };
  expect((await ci.event(repository.record, suite)).runs).toEqual([run]);
});

test('"re-run all checks" of a pull request runs what was tested as its merge again', async () => {
  await using ci = await Ci.start();
  const { repository, run } = await failedRun(ci);
  await using _ = repository;
  const { sha } = (await ci.show(run)).run;
  const head = shaOf(9);
  const dispatch = {
    ...pushOf(repository.record.id, [{ ...commitOf(8), sha, head, actor: 'ada' }]),
    event: 'pull_request',
  };
  const [pull = 0] = await ci.store.dispatch(dispatch, ci.clock.now());
  const now = ci.clock.now();
  const [claimed] = await ci.store.claim({ runner: 'one', labels: [], leaseMs: 30_000, now }, 1);
  await ci.store.finish(resultOf(claimed!.job, claimed!.execution), now);
  const suite = (of: string) => ({
    name: 'check_suite',
    payload: { action: 'rerequested', check_suite: { head_sha: of } },
  });
  expect((await ci.event(repository.record, suite(head))).runs).toEqual([pull]);
  expect((await ci.event(repository.record, suite(sha))).runs).toEqual([run]);
});

test('a check speaks only for runs of its own repository', async () => {
  await using ci = await Ci.start();
  const { repository, run } = await failedRun(ci);
  await using _ = repository;
  await using other = await ci.repository({ 'ci.sh': 'exit 0' }, 'acme/other');
  expect(await ci.event(other.record, check('rerequested', run))).toMatchObject({ runs: [] });
  expect((await ci.event(repository.record, check('rerequested', 999_999))).note).toMatch(/not there any more/);
  expect((await ci.show(run)).run.attempt).toBe(1);
});
