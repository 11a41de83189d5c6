import type { ExpandRequest, RunFacts } from '../src/model/expansion.ts';
import { createExpander } from '../src/workflow/expander.ts';
import { parseWorkflow } from '../src/workflow/parse-workflow.ts';
import { inFreshProcesses } from './fresh-processes.ts';
import { median, print } from './report.ts';
import type { Places } from './server.ts';

const ROUNDS = 21;
const PATH = '.github/workflows/bench.yml';

/**
 * What planning costs before the database: reading a file, and making the jobs of a matrix of 200. The figure is that of a
 * process that has planned nothing yet.
 */
export async function benchPlan(places: Places): Promise<void> {
  const first = await inFreshProcesses(places, 'plan');
  planTimed();
  const times = Array.from({ length: ROUNDS }, planTimed);
  print({
    name: 'a matrix of 200 jobs, from the text to the first plan',
    value: median(first),
    unit: 'ms',
    bound: { atMost: 50 },
    note: `of ${first.length} new processes the slowest ${Math.max(...first).toFixed(0)} ms; once warm ${median(times).toFixed(1)} ms`,
  });
}

/** Makes the plan, and says how many milliseconds it took. */
export function planTimed(): number {
  const text = matrixFile();
  const began = performance.now();
  expandOnce(text);
  return performance.now() - began;
}

/** 20 × 10 jobs that do nothing, with an expression in all that a leg can have one in. */
function matrixFile(): string {
  const list = (count: number) => Array.from({ length: count }, (_, index) => index + 1).join(', ');
  return [
    'on: push',
    'jobs:',
    '  build:',
    "    if: github.event_name == 'push' && !contains(github.event.head_commit.message, 'skip')",
    '    name: leg ${{ matrix.a }} of ${{ strategy.job-total }}',
    '    runs-on: ${{ matrix.os }}',
    '    timeout-minutes: ${{ matrix.b > 5 && 10 || 20 }}',
    '    continue-on-error: ${{ matrix.a == 20 }}',
    '    concurrency: bench-${{ github.ref }}-${{ strategy.job-index }}',
    '    strategy:',
    '      matrix:',
    '        os: [ubuntu-latest]',
    `        a: [${list(20)}]`,
    `        b: [${list(10)}]`,
    '        include: [{ a: 3, extra: yes }]',
    '    steps:',
    '      - run: "true"',
  ].join('\n');
}

function expandOnce(text: string): void {
  const parsed = parseWorkflow(PATH, text);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const { definition } = parsed;
  const [job] = definition.jobs;
  if (job === undefined) throw new Error('no job');
  const request: ExpandRequest = {
    definition,
    job,
    scope: { calls: [], names: [], inputs: {}, secrets: [] },
    run: RUN,
    vars: {},
    needs: {},
    ancestors: [],
    isCancelled: false,
  };
  const expansion = EXPANDER.expand(request);
  if (expansion.kind !== 'jobs' || expansion.legs.length !== 200)
    throw new Error(JSON.stringify(expansion).slice(0, 200));
}

const RUN: RunFacts = {
  id: 1,
  number: 1,
  attempt: 1,
  repository: 'acme/app',
  repositoryId: 1,
  workflow: 'bench',
  path: PATH,
  event: 'push',
  ref: 'refs/heads/main',
  sha: '0'.repeat(40),
  actor: 'ada',
  payload: { head_commit: { message: 'Try it' } },
  inputs: {},
  serverUrl: 'http://127.0.0.1:8080',
};
const EXPANDER = createExpander({
  labels: {},
  timeoutMs: 3_600_000,
  logLimitBytes: 100_000_000,
  envPass: [],
  reports: [],
  actions: { server: 'https://github.com', allow: [], pinned: false, nearestVersion: false },
});
