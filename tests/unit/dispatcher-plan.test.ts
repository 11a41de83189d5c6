import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { NO_WORKFLOW, type PlanEvent, planWorkflows } from '../../src/dispatcher/plan-workflows.ts';
import { type RemoteLoader, WorkflowFiles } from '../../src/dispatcher/workflow-files.ts';
import type { TreeReader } from '../../src/model/plan.ts';
import { treeOf } from '../support/tree.ts';

const PLACE = { repository: { id: 1, name: 'acme/app' }, vars: { TEAM: 'blue' }, serverUrl: 'http://127.0.0.1:8080' };
const MAIN = 'refs/heads/main';
const JOBS = 'jobs: { build: { runs-on: ubuntu-latest, steps: [{ run: make }] } }';
const nowhere: RemoteLoader = async (uses) => ({ error: `${uses} cannot be had` });

/** Workflow files by name, without their folder. */
function filesOf(files: Readonly<Record<string, string>>, load = nowhere) {
  const paths = Object.entries(files).map(([name, text]) => [`.github/workflows/${name}`, text]);
  return new WorkflowFiles(load).of(treeOf({ ...Object.fromEntries(paths), 'README.md': '' }));
}

function pushTo(ref: string, more: Partial<PlanEvent> = {}): PlanEvent {
  const changedPaths = async () => ['src/a.ts'];
  return { name: 'push', ref, sha: 'a'.repeat(40), payload: {}, message: 'x', actor: 'ada', changedPaths, ...more };
}

async function plansOf(files: Readonly<Record<string, string>>, event = pushTo(MAIN)) {
  return planWorkflows(await filesOf(files), event, PLACE);
}

describe('a push', () => {
  test('has a plan for each file that it concerns, in the order of their paths', async () => {
    const plans = await plansOf({
      'z.yaml': `on: push\n${JOBS}`,
      'a.yml': `name: A\non: [push, pull_request]\n${JOBS}`,
      'called.yml': `on: workflow_call\n${JOBS}`,
      'notes.txt': 'no workflow',
    });
    expect(plans).toMatchObject([
      { workflow: 'A', path: '.github/workflows/a.yml', keyRef: MAIN, jobs: [], definition: { name: 'A' }, inputs: {} },
      { workflow: '.github/workflows/z.yaml', path: '.github/workflows/z.yaml', keyRef: MAIN },
    ]);
    expect(plans).toHaveLength(2);
  });

  test('that a filter does not let pass is skipped with the filter', async () => {
    const docs = `on: { push: { paths: ['docs/**'] } }\n${JOBS}`;
    const other = `on: { push: { branches: [release] } }\n${JOBS}`;
    expect(await plansOf({ 'docs.yml': docs, 'other.yml': other })).toMatchObject([
      { path: '.github/workflows/docs.yml', skipped: '`on.push.paths` has docs/**; changed: src/a.ts' },
      { path: '.github/workflows/other.yml', skipped: '`on.push.branches` has release; this ref is main' },
    ]);
    const [skip] = await plansOf({ 'ci.yml': `on: push\n${JOBS}` }, pushTo(MAIN, { message: 'fix [skip ci]' }));
    expect(skip?.skipped).toContain('[skip ci]');
  });

  test('of a file with errors is an error that names file, line and column', async () => {
    const [plan] = await plansOf({ 'ci.yml': `name: CI\non: push\njobs:\n  build:\n    runs-ons: x\n` });
    expect(plan).toMatchObject({ workflow: '.github/workflows/ci.yml', keyRef: MAIN, jobs: [] });
    expect(plan?.error).toMatch(/^\.github\/workflows\/ci\.yml:5:5: /);
  });

  test('for which there is no file says so once', async () => {
    const plans = await plansOf({
      'a.yml': `on: [pull_request, issues]\n${JOBS}`,
      'b.yml': `on: workflow_call\n${JOBS}`,
    });
    expect(plans).toEqual([
      {
        ...{ workflow: NO_WORKFLOW, keyRef: MAIN, jobs: [] },
        skipped: 'no workflow file is for a push: a.yml (pull_request, issues), b.yml (workflow_call)',
      },
    ]);
  });

  test('gives files of the same name keys of their own', async () => {
    const same = `name: CI\non: push\n${JOBS}`;
    const plans = await plansOf({ 'a.yml': same, 'b.yml': same });
    expect(plans.map(({ workflow, keyRef }) => `${workflow} ${keyRef}`)).toEqual([
      `CI ${MAIN}`,
      `CI ${MAIN} .github/workflows/b.yml`,
    ]);
  });
});

describe('a run', () => {
  test('is called, and grouped, as its file says', async () => {
    const [plan] = await plansOf({
      'ci.yml': `run-name: \${{ github.actor }} of \${{ vars.TEAM }}\non: push\nconcurrency: \${{ github.ref }}\n${JOBS}`,
    });
    expect(plan).toMatchObject({ title: 'ada of blue', concurrency: { group: MAIN, cancelInProgress: false } });
    expect(plan).not.toHaveProperty('ofRun');
  });

  test('gets what depends on its numbers when it has them', async () => {
    const [plan] = await plansOf({
      'ci.yml': `run-name: 'No. \${{ github.run_number }}'\non: push\nconcurrency: g-\${{ github.head_ref || github.run_id }}\n${JOBS}`,
    });
    expect(plan).not.toHaveProperty('title');
    expect(plan?.ofRun?.({ id: 70, number: 7 })).toEqual({
      title: 'No. 7',
      concurrency: { group: 'g-70', cancelInProgress: false },
    });
  });

  test('whose name cannot be evaluated is an error with the place', async () => {
    const [plan] = await plansOf({ 'ci.yml': `run-name: \${{ fromJSON('{') }}\non: push\n${JOBS}` });
    expect(plan?.error).toMatch(/ci\.yml:1:11/);
    expect(plan).not.toHaveProperty('definition');
  });

  test('of a stranger is held', async () => {
    const event = pushTo('refs/pull/7/merge', { name: 'pull_request', held: 'from a fork' });
    expect(await plansOf({ 'ci.yml': `on: pull_request\n${JOBS}` }, event)).toMatchObject([{ held: 'from a fork' }]);
  });
});

describe('an event that is no push', () => {
  test('has no plan where no file is for it, and none for files with errors', async () => {
    const event = pushTo(MAIN, { name: 'issues' });
    expect(await plansOf({ 'ci.yml': `on: push\n${JOBS}`, 'bad.yml': 'on: issues' }, event)).toEqual([]);
  });

  test('for one file alone says what is wrong with it', async () => {
    const only = (name: string) => pushTo(MAIN, { name: 'workflow_dispatch', only: `.github/workflows/${name}` });
    const files = {
      'a.yml': `on: { workflow_dispatch: { inputs: { level: { required: true, type: number } } } }\n${JOBS}`,
      'bad.yml': 'on: push',
    };
    expect(await plansOf(files, only('a.yml'))).toMatchObject([{ error: expect.stringContaining('level') }]);
    expect(await plansOf(files, { ...only('a.yml'), inputs: { level: '3' } })).toMatchObject([
      { inputs: { level: 3 } },
    ]);
    expect(await plansOf(files, only('bad.yml'))).toMatchObject([{ error: expect.stringContaining('bad.yml') }]);
  });
});

describe('a file that calls a workflow that cannot be had', () => {
  const call = 'jobs: { call: { uses: acme/ci/.github/workflows/a.yml@v1 } }';
  const error = expect.stringMatching(
    /^\.github\/workflows\/ci\.yml:2:23: the workflow 'acme\/ci\/.*@v1' cannot be had/,
  );

  test('is an error of the events that it is for, and of no other', async () => {
    const files = {
      'ci.yml': `on: { push: { tags: ['*'] }, pull_request: }\n${call}`,
      'other.yml': `on: push\n${JOBS}`,
    };
    const [push, other] = await plansOf(files);
    expect(push).toMatchObject({ workflow: '.github/workflows/ci.yml', skipped: expect.stringContaining('tags only') });
    expect(other).toHaveProperty('definition');
    expect((await plansOf(files, pushTo('refs/tags/v1')))[0]).toMatchObject({ error });
    expect(await plansOf(files, pushTo(MAIN, { name: 'pull_request' }))).toMatchObject([{ error }]);
    expect(await plansOf(files, pushTo(MAIN, { name: 'schedule' }))).toEqual([]);
  });

  test('is named among those that are for no push', async () => {
    const [plan] = await plansOf({ 'ci.yml': `on: [pull_request, release]\n${call}` });
    expect(plan).toMatchObject({ skipped: 'no workflow file is for a push: ci.yml (pull_request, release)' });
  });
});

describe('workflow files', () => {
  const caller = (uses: string) => `on: push\njobs: { call: { uses: '${uses}' } }`;

  test('are loaded with what they call, in the same commit', async () => {
    const called = `on: workflow_call\n${JOBS}`;
    const [file] = await filesOf({ 'a.yml': caller('./.github/workflows/called.yml'), 'called.yml': called });
    expect(file?.parsed).toMatchObject({
      definition: { calls: { './.github/workflows/called.yml': { path: '.github/workflows/called.yml' } } },
    });
    const [missing] = await filesOf({ 'a.yml': caller('./.github/workflows/called.yml') });
    expect(JSON.stringify(missing?.parsed)).toContain('there is no file .github/workflows/called.yml in this commit');
  });

  test('of another repository mean that one when they say ./', async () => {
    const asked: string[] = [];
    const load: RemoteLoader = async (uses) => {
      asked.push(uses);
      const text = asked.length === 1 ? caller('./.github/workflows/b.yml').replace('push', 'workflow_call') : '';
      return text === '' ? { error: 'not there' } : { path: uses, text };
    };
    await filesOf({ 'a.yml': caller('acme/ci/.github/workflows/a.yml@v1') }, load);
    expect(asked).toEqual(['acme/ci/.github/workflows/a.yml@v1', 'acme/ci/.github/workflows/b.yml@v1']);
  });

  /** As the reader of git has it: ids that change with the contents. */
  function withIds(files: Readonly<Record<string, string>>) {
    const reader = treeOf(files);
    let reads = 0;
    const idOf = (path: string) =>
      createHash('sha1')
        .update(JSON.stringify(Object.entries(files).filter(([name]) => `${name}/`.startsWith(`${path}/`))))
        .digest('hex');
    const tree: TreeReader = {
      list: async (at) =>
        (await reader.list(at)).map((entry) => ({
          ...entry,
          id: idOf(at === '' ? entry.name : `${at}/${entry.name}`),
        })),
      read: async (path) => {
        reads++;
        return reader.read(path);
      },
      readLink: reader.readLink,
    };
    return { tree, reads: () => reads };
  }

  test('are read once, and of a folder that changed only what changed', async () => {
    const files = new WorkflowFiles(nowhere);
    const ci = { '.github/workflows/ci.yml': `on: push\n${JOBS}` };
    const first = withIds({ ...ci, 'src/a': '1' });
    await files.of(first.tree);
    const second = withIds({ ...ci, 'src/a': '2' });
    const same = await files.of(second.tree);
    expect([first.reads(), second.reads()]).toEqual([1, 0]);
    const third = withIds({ ...ci, '.github/workflows/more.yml': `on: push\n${JOBS}` });
    const more = await files.of(third.tree);
    expect(third.reads()).toBe(1);
    expect(more[0]?.parsed).toBe(same[0]?.parsed);
  });

  test('that call what is outside are loaded each time', async () => {
    let asked = 0;
    const files = new WorkflowFiles(async (uses) => {
      asked++;
      return { path: uses, text: `on: workflow_call\n${JOBS}` };
    });
    const { tree } = withIds({ '.github/workflows/a.yml': caller('acme/ci/.github/workflows/a.yml@v1') });
    await files.of(tree);
    await files.of(tree);
    expect(asked).toBe(2);
  });
});
