import { expect, test } from 'vitest';
import { Ci, type WatchedRepository } from '../support/ci.ts';
import { waitFor } from '../support/wait-for.ts';

const NIGHTLY = '.github/workflows/nightly.yml';
const JOBS = 'jobs: { build: { runs-on: ubuntu-latest, steps: [{ run: make }] } }';
const DAY_MS = 86_400_000;
const scheduled = (cron: string, more = '') => `name: Nightly\non: { schedule: [{ cron: '${cron}'${more} }] }\n${JOBS}`;

/** Waits until the schedules of a repository are these. */
async function planned(ci: Ci, { record }: WatchedRepository, ...crons: string[]) {
  const isSo = () =>
    ci.dispatcher
      .schedulesOf(record.id)
      .map(({ cron }) => cron)
      .join() === crons.join();
  await waitFor(`schedules ${crons}`, isSo);
  return ci.dispatcher.schedulesOf(record.id);
}

const runsOf = (ci: Ci) => ci.store.runs({});

test('a schedule starts its workflow on the default branch, at its time', async () => {
  await using ci = await Ci.start(); // at midnight, the first of January 2026
  await using repository = await ci.repository({
    [NIGHTLY]: scheduled('30 3 * * *'),
    '.github/workflows/other.yml': scheduled('0 12 * * *', ", timezone: 'Europe/Berlin'").replace('Nightly', 'Noon'),
  });
  await repository.git('checkout', '-q', '-b', 'topic');
  expect(await planned(ci, repository, '30 3 * * *', '0 12 * * *')).toMatchObject([
    { path: NIGHTLY, workflow: 'Nightly', timezone: 'UTC', next: new Date('2026-01-01T03:30:00Z') },
    { workflow: 'Noon', timezone: 'Europe/Berlin', next: new Date('2026-01-01T11:00:00Z') },
  ]);
  await ci.pass(3.5 * 3_600_000 - 1_000);
  expect(await runsOf(ci)).toEqual([]);
  await ci.pass(2_000);
  await ci.happened('run.queued');
  const [run] = await runsOf(ci);
  expect(run).toMatchObject({
    ...{ event: 'schedule', trigger: 'schedule', workflow: 'Nightly', ref: 'refs/heads/main', path: NIGHTLY },
    occurrence: '2026-01-01T03:30:00.000Z 30 3 * * *',
  });
  const runner = await ci.runner();
  expect((await runner.lease()).contexts?.github).toMatchObject({ event: { schedule: '30 3 * * *' } });
});

test('a restart doubles nothing, and what was missed is not made up for', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({ [NIGHTLY]: scheduled('0 3 * * *') });
  await planned(ci, repository, '0 3 * * *');
  await ci.pass(3 * 3_600_000 + 1_000);
  await ci.happened('run.queued');
  await ci.restart();
  const [again] = await planned(ci, repository, '0 3 * * *');
  expect(again?.next).toEqual(new Date('2026-01-02T03:00:00Z'));
  await ci.dispatcher.stop();
  ci.clock.advance(2 * DAY_MS);
  await ci.restart();
  await planned(ci, repository, '0 3 * * *');
  ci.clock.advance(60_000);
  expect(await runsOf(ci)).toHaveLength(1);
});

test('a machine that slept through the time starts nothing when it wakes up', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({ [NIGHTLY]: scheduled('0 3 * * *') });
  await planned(ci, repository, '0 3 * * *');
  ci.clock.sleep(4 * 3_600_000);
  ci.clock.advance(60_000);
  expect(ci.dispatcher.schedulesOf(repository.record.id)[0]?.next).toEqual(new Date('2026-01-02T03:00:00Z'));
  expect(await runsOf(ci)).toEqual([]);
});

test('schedules follow the default branch, and go with their repository', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({ [NIGHTLY]: scheduled('0 3 * * *') });
  await planned(ci, repository, '0 3 * * *');
  await repository.git('checkout', '-q', '-b', 'topic');
  await ci.push(repository, await repository.commit('elsewhere', { [NIGHTLY]: scheduled('0 4 * * *') }));
  await repository.git('checkout', '-q', 'main');
  await ci.push(repository, await repository.commit('later', { [NIGHTLY]: scheduled('0 5 * * *') }));
  await planned(ci, repository, '0 5 * * *');
  await ci.dispatcher.registry.remove('local/app');
  await planned(ci, repository);
});
