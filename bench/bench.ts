import { cpus, release } from 'node:os';
import { benchCommitToStart } from './commit-to-start.ts';
import { benchFirstLoad } from './first-load.ts';
import { benchFirstPaint } from './first-paint.ts';
import { benchHome } from './home.ts';
import { benchHookCost } from './hook-cost.ts';
import { benchIdle } from './idle.ts';
import { benchJobs } from './jobs.ts';
import { benchLineToPage } from './line-to-page.ts';
import { benchLocalRun } from './local-run.ts';
import { benchLog } from './log.ts';
import { benchMatrix } from './matrix.ts';
import { benchNpmProject } from './npm-project.ts';
import { benchPagesOpen } from './pages-open.ts';
import { benchParse } from './parse.ts';
import { benchPlan } from './plan.ts';
import { benchSearch } from './search.ts';
import type { Places } from './server.ts';
import { benchStartUp } from './start-up.ts';
import { benchSteps } from './steps.ts';
import { benchWebhooks } from './webhooks.ts';

/** In the order in which they are run; each prints its figures. */
const BENCHES: Readonly<Record<string, (places: Places) => Promise<void>>> = {
  'start-up': benchStartUp,
  'local-run': benchLocalRun,
  'commit-to-start': benchCommitToStart,
  'hook-cost': benchHookCost,
  'npm-project': benchNpmProject,
  parse: benchParse,
  plan: benchPlan,
  webhooks: benchWebhooks,
  jobs: benchJobs,
  matrix: benchMatrix,
  steps: benchSteps,
  log: benchLog,
  'line-to-page': benchLineToPage,
  'first-load': benchFirstLoad,
  'first-paint': benchFirstPaint,
  home: benchHome,
  search: benchSearch,
  'pages-open': benchPagesOpen,
  idle: benchIdle,
};

/** Runs the benchmarks that are named, or all. */
export async function main(names: readonly string[], places: Places): Promise<void> {
  const known = Object.keys(BENCHES);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    console.error(unknown === '--list' ? known.join('\n') : `no benchmark "${unknown}"; there are ${known.join(', ')}`);
    process.exitCode = unknown === '--list' ? 0 : 2;
    return;
  }
  console.log(`Node ${process.version}, Linux ${release()}, ${cpus().length} cores; medians; floors from the same run`);
  // 65 ms of 110 where there are 140 of them: whoever reads an absolute figure has to know it
  if (process.env.NODE_EXTRA_CA_CERTS)
    console.log('NODE_EXTRA_CA_CERTS is set: each Node reads those certificates first');
  console.log('');
  for (const name of names.length > 0 ? names : known) {
    console.log(name);
    await BENCHES[name]?.(places);
    console.log('');
  }
}
