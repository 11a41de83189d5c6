// A process that writes to a store until it is ended; started by `startStoreChild`. Says on stdout what was acknowledged.
import { writeSync } from 'node:fs';
import { openStore } from '../../src/store/open-store.ts';
import { commitOf, newRepository, pushOf, resultOf } from './store.ts';

const [path = '', name = 'local/app'] = process.argv.slice(2);
const NOW = new Date('2026-01-01T00:00:00Z');
const say = (text: string) => writeSync(1, `${text}\n`);

/** A job's whole life, four at once; each step is told when it was acknowledged. */
async function live(): Promise<void> {
  const store = await openStore({ path });
  const known = (await store.repositories()).find((repository) => repository.name === name);
  const { id } = known ?? (await store.addRepository(newRepository(name), NOW));
  say('ready');
  let next = Number(process.argv[4] ?? 1);
  const lane = async () => {
    for (;;) {
      const [run = 0] = await store.dispatch(pushOf(id, [commitOf(next++)]), NOW);
      say(`run ${run}`);
      const [job] = await store.claim({ runner: 'one', labels: [], leaseMs: 60_000, now: NOW }, 1);
      if (job === undefined) continue;
      say(`claimed ${job.job} ${job.execution}`);
      await store.finish(resultOf(job.job, job.execution), NOW);
      say(`finished ${job.job} ${job.execution}`);
    }
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
}

live().catch((error) => {
  say(`error ${error.code ?? error.message}`);
  process.exitCode = 1;
});
