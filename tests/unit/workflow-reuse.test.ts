import { describe, expect, test } from 'vitest';
import type { JobDefinition, Place, StepDefinition, Template, WorkflowDefinition } from '../../src/model/workflow.ts';
import { fingerprintOf, whyNotReusable } from '../../src/workflow/reuse.ts';

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

test('a fingerprint differs with the tree, the event, the work and the settings', () => {
  const parts = { tree: 'a', event: 'push', work: workflow({ run: 'true' }), settings: {} };
  const all = [parts, { ...parts, tree: 'b' }, { ...parts, event: 'pull_request' }, { ...parts, settings: { a: 1 } }];
  const prints = [...all, { ...parts, work: workflow({ run: 'false' }) }].map(fingerprintOf);
  expect(new Set(prints).size).toBe(5);
  expect(fingerprintOf({ ...parts })).toBe(prints[0]);
});
