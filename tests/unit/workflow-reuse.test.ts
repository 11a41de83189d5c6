import { describe, expect, test } from 'vitest';
import { type ReusePlace, ReusePlans } from '../../src/dispatcher/reuse-plans.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { JobDefinition, Place, StepDefinition, Template, WorkflowDefinition } from '../../src/model/workflow.ts';
import {
  fingerprintOf,
  readsVars,
  whyNotForSearch,
  whyNotReusable,
  whyNotReusableTests,
} from '../../src/workflow/reuse.ts';
import { DEFAULTS } from '../support/ci.ts';
import { plannedJob, SPEC } from '../support/store.ts';

const at: Place = { line: 1, column: 1 };
const expr = (text: string) => ({ expr: text, at });
const mapping = (values: Record<string, Template>): Template => ({ entries: Object.entries(values) });

function workflow(step: Partial<StepDefinition>, job: Partial<JobDefinition> = {}): WorkflowDefinition {
  const steps = [{ at, if: expr('success()'), ...step }];
  const build: JobDefinition = {
    id: 'build',
    at,
    needs: [],
    if: expr('success()'),
    runsOn: 'ubuntu-latest',
    steps,
    ...job,
  };
  return { path: '.github/workflows/ci.yml', name: 'CI', on: { push: {} }, jobs: [build], calls: {}, differences: [] };
}

describe('the verdict of a tree holds for another commit with it', () => {
  test.each<[string, Partial<StepDefinition>]>([
    ['a plain command', { run: 'npm test' }],
    ['a checkout', { uses: 'actions/checkout@v4' }],
    ['a version of node', { uses: 'actions/setup-node@v4', with: mapping({ 'node-version': expr('matrix.node') }) }],
    ['the name of the event', { run: 'true', if: expr("success() && (github.event_name == 'push')") }],
    ['a word that begins like git', { run: 'gitlint . && ./git-tests' }],
  ])('with %s', (_, step) => {
    expect(whyNotReusable(workflow(step), 'push')).toBeUndefined();
  });
});

describe('the verdict of a tree says nothing about another commit', () => {
  test.each<[string, Partial<StepDefinition>, Partial<JobDefinition>, RegExp]>([
    [
      'with a secret',
      { run: 'true', env: mapping({ T: expr('secrets.TOKEN') }) },
      {},
      /step 1 of job build reads secrets/,
    ],
    ['with an environment', { run: 'true' }, { environment: 'prod' }, /environment/],
    ['that reads the sha', { run: expr("format('echo {0}', github.sha)") }, {}, /github\.sha/],
    ['that reads the ref by its other name', { run: expr("github['ref']") }, {}, /github\.ref/],
    ['that takes the whole context', { run: expr('toJSON(github)') }, {}, /reads github/],
    ['whose script reads the sha', { run: 'echo "$GITHUB_SHA"' }, {}, /GITHUB_SHA/],
    ['whose script asks git', { run: 'x=$(git describe)' }, {}, /runs git/],
    ['with an action that may read anything', { uses: 'codecov/codecov-action@v4' }, {}, /codecov/],
    ['that checks another ref out', { uses: 'actions/checkout@v4', with: mapping({ ref: 'main' }) }, {}, /with ref/],
    ['whose job asks for the branch', { run: 'true' }, { if: expr("github.ref_name == 'main'") }, /github\.ref_name/],
  ])('%s', (_, step, job, why) => {
    expect(whyNotReusable(workflow(step, job), 'push')).toMatch(why);
  });

  test('of a schedule', () => {
    expect(whyNotReusable(workflow({ run: 'true' }), 'schedule')).toMatch(/schedule/);
  });

  test('if a workflow that it calls reads the sha', () => {
    const called = workflow({ run: 'echo $GITHUB_SHA' });
    const caller = { ...workflow({}, { steps: [], uses: './.github/workflows/x.yml' }) };
    const calls = { './.github/workflows/x.yml': called };
    expect(whyNotReusable({ ...caller, calls }, 'push')).toMatch(/GITHUB_SHA/);
  });
});

test("what a concurrency group reads, and what one reads by itself, is nobody else's", () => {
  const group = expr("format('ci-{0}', github.ref)");
  expect(
    whyNotReusable({ ...workflow({ run: 'true' }, { concurrency: group }), concurrency: group }, 'push'),
  ).toBeUndefined();
});

test.each(['schedule', 'workflow_dispatch', 'repository_dispatch', 'workflow_run'])(
  '%s wants a new verdict',
  (event) => {
    expect(whyNotReusable(workflow({ run: 'true' }), event)).toMatch(/new verdict/);
  },
);

test('found tests can be taken over unless they ask for the commit', () => {
  const tests = (...command: [string, ...string[]]) => [
    plannedJob('t', { spec: { ...SPEC, steps: [{ name: 't', command }] } }),
  ];
  expect(whyNotReusableTests(tests('npm', 'test'))).toBeUndefined();
  expect(whyNotReusableTests(tests('sh', '-c', 'git describe'))).toBe('the step t runs git');
});

test('variables count where they may be read', () => {
  expect(readsVars(workflow({ run: 'true' }))).toBe(false);
  expect(readsVars(workflow({ run: expr('vars.A') }))).toBe(true);
});

test.each<[string, Partial<StepDefinition>, Partial<JobDefinition>, RegExp | undefined]>([
  ['a plain test', { run: 'npm test' }, {}, undefined],
  ['an environment', { run: 'true' }, { environment: 'live' }, /environment/],
  ['secrets', { run: expr("format('{0}', secrets.A)") }, {}, /secrets/],
  ['a concurrency group', { run: 'true' }, { concurrency: 'deploy' }, /concurrency/],
])('%s and the search for a culprit', (_, step, job, why) => {
  const found = whyNotForSearch(workflow(step, job));
  if (why === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(why);
});

test('a fingerprint differs with each part', () => {
  const parts = { tree: 'a', event: 'push', path: 'ci.yml', work: 'w', settings: 's' };
  const all = [parts, ...Object.keys(parts).map((key) => ({ ...parts, [key]: 'other' }))];
  expect(new Set(all.map(fingerprintOf)).size).toBe(6);
  expect(fingerprintOf({ ...parts })).toBe(fingerprintOf(parts));
});

describe('a plan can take over a verdict', () => {
  const place: ReusePlace = { tree: 'a', event: 'push', repository: 'acme/app', vars: { A: '1' } };
  const config = (more: object = {}) => ({ defaults: { ...DEFAULTS, ...more }, repositories: new Map() });
  const definition = workflow({ run: 'true' });
  const plan = { workflow: 'CI', path: definition.path, keyRef: 'refs/heads/main', jobs: [], definition };

  test('of the same tree and settings, where that is set', () => {
    const print = (more: object, at = place, it: Plan = plan) => new ReusePlans(config(more)).of(it, at).reuse;
    const base = print({});
    expect(base).toMatchObject({ isOn: false, parts: { tree: 'a', event: 'push', path: definition.path } });
    expect(print({ reuse: 'tree' })).toEqual({ ...base, isOn: true });
    expect(print({ reuse: { 'ci.yml': 'tree' } })?.isOn).toBe(true);
    expect(print({ reuse: { 'lint.yml': 'tree' } })?.isOn).toBe(false);
    expect(print({}, { ...place, vars: {} })).toEqual(base);
    expect(print({ timeoutMs: 1 })?.fingerprint).not.toBe(base?.fingerprint);
    const reads = { ...plan, definition: workflow({ run: expr('vars.A') }) };
    expect(print({}, { ...place, vars: {} }, reads)?.fingerprint).not.toBe(print({}, place, reads)?.fingerprint);
  });

  test('but not one with nothing to do, an error, or that waits for a person', () => {
    const of = (more: Partial<Plan>) => new ReusePlans(config()).of({ ...plan, ...more }, place).reuse;
    expect(of({ held: 'from a fork' })).toBeUndefined();
    expect(of({ error: 'broken' })).toBeUndefined();
    const { definition: _, ...nothing } = plan;
    expect(new ReusePlans(config()).of({ ...nothing, skipped: 'a filter' }, place).reuse).toBeUndefined();
  });
});
