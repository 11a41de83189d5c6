import { createHash } from 'node:crypto';
import { FROM_A_FORK } from '../../src/model/trust.ts';
import type { WorkflowDefinition } from '../../src/model/workflow.ts';
import type { LogStore } from '../../src/store/log-store.ts';
import type { Store } from '../../src/store/store.ts';
import { newRepository, pushOf, resultOf } from './store.ts';
import { definitionOf } from './workflow.ts';

/** The commit of a demo that has this name. */
export function demoSha(name: string): string {
  return createHash('sha1').update(name).digest('hex');
}

const STEP = 'runs-on: linux, steps: [{ run: make }]';
const NAMES = ['api', 'auth', 'cart', 'catalog', 'search', 'ledger', 'mail', 'media', 'orders', 'pay', 'stock', 'tax'];

/** 60 jobs: each of twelve parts is built, linted, tested against two others, and all of them are put together. */
function wideWorkflow(): WorkflowDefinition {
  const lines = NAMES.flatMap((name, at) => {
    const near = NAMES[(at + 1) % NAMES.length];
    return [
      `  build-${name}: { ${STEP} }`,
      `  lint-${name}: { ${STEP} }`,
      `  unit-${name}: { needs: build-${name}, ${STEP} }`,
      `  contract-${name}: { needs: [build-${name}, build-${near}], ${STEP} }`,
    ];
  });
  const parts = NAMES.flatMap((name) => [`unit-${name}`, `contract-${name}`, `lint-${name}`]);
  const rest = [
    `  bundle: { needs: [${parts.join(', ')}], ${STEP} }`,
    ...['chromium', 'firefox', 'webkit', 'ios', 'android'].map((one) => `  e2e-${one}: { needs: bundle, ${STEP} }`),
    `  load: { needs: bundle, ${STEP} }`,
    `  stage: { needs: [e2e-chromium, e2e-firefox, e2e-webkit, e2e-ios, e2e-android], ${STEP} }`,
    `  smoke: { needs: [stage, load], ${STEP} }`,
    `  promote: { needs: smoke, ${STEP} }`,
    `  announce: { needs: promote, ${STEP} }`,
    `  tidy: { needs: promote, ${STEP} }`,
  ];
  return definitionOf(`name: Everything\non: push\njobs:\n${[...lines, ...rest].join('\n')}\n`, FILE('everything'));
}

/** 250 legs: too many for a table. */
function legsWorkflow(): WorkflowDefinition {
  const shards = Array.from({ length: 25 }, (_, at) => at + 1).join(', ');
  const systems = 'debian-12, debian-13, ubuntu-22, ubuntu-24, alpine-3, fedora-42, arch, rocky-9, suse-15, nix';
  return definitionOf(
    `name: Platforms
on: push
jobs:
  build: { ${STEP} }
  check:
    needs: build
    runs-on: linux
    strategy: { fail-fast: false, matrix: { system: [${systems}], shard: [${shards}] } }
    steps: [{ run: make check }]
  sum: { needs: check, if: always(), ${STEP} }
`,
    FILE('platforms'),
  );
}

/** Calls in calls in calls, one of them with a matrix. */
function callsWorkflow(): WorkflowDefinition {
  const called = (name: string, jobs: string, calls: Readonly<Record<string, WorkflowDefinition>> = {}) => ({
    ...definitionOf(`name: ${name}\non: workflow_call\njobs:\n${jobs}`, FILE(name)),
    calls,
  });
  const use = (name: string) => `./${FILE(name)}`;
  const smoke = called('smoke', `  ping: { ${STEP} }\n  pay: { needs: ping, ${STEP} }\n`);
  const rollout = called(
    'rollout',
    `  plan: { ${STEP} }\n  apply:\n    needs: plan\n    runs-on: linux\n    strategy: { matrix: { zone: [a, b, c] } }\n    steps: [{ run: make }]\n  smoke: { needs: apply, uses: ${use('smoke')} }\n`,
    { [use('smoke')]: smoke },
  );
  const deploy = called(
    'deploy',
    `  approve: { ${STEP} }\n  rollout: { needs: approve, uses: ${use('rollout')} }\n  note: { needs: rollout, ${STEP} }\n`,
    { [use('rollout')]: rollout },
  );
  const top = definitionOf(
    `name: Release
on: push
jobs:
  build: { ${STEP} }
  test: { needs: build, ${STEP} }
  staging: { needs: test, uses: ${use('deploy')} }
  production: { needs: staging, uses: ${use('deploy')} }
  announce: { needs: production, ${STEP} }
`,
    FILE('release'),
  );
  return { ...top, calls: { [use('deploy')]: deploy } };
}

const FILE = (name: string) => `.github/workflows/${name}.yml`;

/** Runs whose graphs are large or deep, one of a stranger that waits for a person, and one whose log is gone. */
export async function addGraphRuns(store: Store, logs: LogStore, now: Date): Promise<void> {
  const ago = (minutes: number) => new Date(now.getTime() - Math.round(minutes * 60_000));
  const sources = ['https://git.example.org/meridian/monolith.git'];
  const { id } = await store.addRepository(newRepository('meridian/monolith', { sources, gitDir: null }), ago(9_000));
  const add = async (
    minutes: number,
    title: string,
    definition: WorkflowDefinition,
    isBad: (name: string) => boolean,
  ) => {
    const { name, path } = definition;
    const plan = { workflow: name, path, definition, keyRef: 'refs/heads/main', jobs: [] };
    const author = 'Jonas Weber <x@example.org>';
    const sha = demoSha(title);
    const commit = { sha, tree: sha, title, author, committedAt: ago(minutes + 0.0004), plan };
    const [run = 0] = await store.dispatch(pushOf(id, [commit], { receivedAt: ago(minutes) }), ago(minutes - 0.0002));
    await executeAll(store, logs, ago(minutes), isBad);
    return run;
  };
  /** The workflows that a commit has, too, and whose filters of paths let it pass by. */
  const passBy = async (title: string, minutes: number, names: readonly string[]) => {
    const sha = demoSha(title);
    const known = { sha, tree: sha, title, author: 'Jonas Weber <x@example.org>', committedAt: ago(minutes) };
    for (const name of names) {
      const path = FILE(name.toLowerCase());
      const skipped = '`on.push.paths` fits none of the changed files';
      const commit = { ...known, plan: { workflow: name, path, keyRef: 'refs/heads/main', jobs: [], skipped } };
      await store.dispatch(pushOf(id, [commit], { receivedAt: ago(minutes) }), ago(minutes));
    }
  };
  const old = await add(150_000, 'Import the history', callsWorkflow(), () => false);
  await store.retention.strip([old], [], ago(3_000));
  await add(190, 'Split the tax table', wideWorkflow(), (name) => /^(?:unit-pay|e2e-ios)$/.test(name));
  await add(120, 'Build for musl, too', legsWorkflow(), (name) => /alpine-3.*(?:7|12)\)|nix, 3/.test(name));
  await add(75, 'Release 2026.11', callsWorkflow(), (name) => name === 'production / rollout / smoke / pay');
  await passBy('Release 2026.11', 75, ['Everything', 'Platforms']);
  const definition = definitionOf(`name: CI\non: pull_request\njobs:\n  unit: { ${STEP} }\n`, FILE('ci'));
  const plan = {
    workflow: 'CI',
    path: FILE('ci'),
    definition,
    keyRef: 'refs/pull/381/merge',
    jobs: [],
    held: FROM_A_FORK,
  };
  const sha = demoSha('stranger');
  const commit = {
    ...{ sha, tree: sha, title: 'Fix a typo in the tax table', author: 'A. Stranger <s@example.org>', plan },
    ...{ committedAt: ago(9), actor: 'stranger' },
    payload: { pull_request: { html_url: 'https://git.example.org/meridian/monolith/pulls/381' } },
  };
  const where = { event: 'pull_request', ref: 'refs/pull/381/merge', trigger: 'webhook' as const, receivedAt: ago(8) };
  await store.dispatch({ ...pushOf(id, [commit], where) }, ago(8));
}

/** What is queued is claimed and ends, till nothing is. */
async function executeAll(store: Store, logs: LogStore, at: Date, isBad: (name: string) => boolean): Promise<void> {
  const later = (seconds: number) => new Date(at.getTime() + seconds * 1_000);
  const claim = () => store.claim({ runner: 'build-1', labels: ['linux'], leaseMs: 60_000, now: at }, 50);
  for (let jobs = await claim(); jobs.length > 0; jobs = await claim())
    for (const { job, execution } of jobs) {
      const { name = '' } = (await store.job(job)) ?? {};
      const conclusion = isBad(name) ? ('failure' as const) : ('success' as const);
      const text = Buffer.from(`$ make\n${conclusion === 'failure' ? 'main.c:3: error: expected ;\n' : 'done\n'}`);
      await logs.append({ job, execution }, 0, text);
      await store.started(job, execution, later(1));
      const times = { startedAt: later(1), completedAt: later(20 + (name.length % 7) * 11) };
      const exit = { status: conclusion === 'failure' ? 2 : 0 };
      const step = { index: 0, name: 'make', conclusion, ...times, exit, logOffset: 0 };
      const ended = { conclusion, exit, ...times, logBytes: text.length, steps: [step] };
      await store.finish(resultOf(job, execution, ended), times.completedAt);
    }
}
