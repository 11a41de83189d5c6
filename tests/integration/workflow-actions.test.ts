import { basename, dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { createRepository } from '../support/repository.ts';
import { outputOf, runSteps, startJob } from '../support/workflow-job.ts';

/** A JavaScript action whose parts say what they are, and what they are told. */
function nodeAction(parts: string, extra = ''): Record<string, string> {
  const script = `
    const { appendFileSync } = require('node:fs');
    const part = require('node:path').basename(__filename, '.js');
    const state = Object.entries(process.env).filter(([name]) => name.startsWith('STATE_')).map((one) => one.join('='));
    console.log(part + ' ' + process.env.INPUT_WHO + ' ' + state.join(' '));
    appendFileSync(process.env.GITHUB_STATE, 'from_' + part + '=' + process.env.INPUT_WHO + '\\n');
    appendFileSync(process.env.GITHUB_OUTPUT, 'greeting=hello ' + process.env.INPUT_WHO + '\\n');
    if (process.env.INPUT_FAIL === part) process.exit(4);
  `;
  const files = Object.fromEntries(['pre', 'main', 'post'].map((part) => [`act/${part}.js`, script]));
  const runs = `runs: { using: node20, main: main.js, ${parts} }`;
  return {
    ...files,
    'act/action.yml': `name: Greeter
inputs:
  who: { description: whom, default: "\${{ github.actor }}" }
  fail: { default: "" }
outputs:
  greeting: { description: said }
${runs}
${extra}`,
  };
}

test('a JavaScript action has its inputs, its outputs, and its last part after all steps', async () => {
  const { result, log, steps } = await runSteps(
    `
  - uses: ./act
    id: hi
    with: { Who: world }
  - name: Second
    uses: ./act
  - run: echo "\${{ steps.hi.outputs.greeting }}"
`,
    { files: nodeAction('post: post.js') },
  );
  expect(result.conclusion).toBe('success');
  expect(outputOf(log)).toEqual([
    ...['main world ', 'main ada ', 'hello world', 'post ada STATE_from_main=ada', 'post world STATE_from_main=world'],
  ]);
  expect(steps).toEqual([
    ...['Run ./act: success', 'Second: success', 'Run echo "hello world": success'],
    ...['Post Second: success', 'Post Run ./act: success'],
  ]);
  expect(log).toMatch(/##\[group\]Run \.\/act\nwith:\n {2}who: world\n##\[endgroup\]\n/);
});

test('the last part of an action is executed after a failure too, if its post-if allows', async () => {
  const { result, log } = await runSteps(
    `
  - uses: ./act
    with: { fail: main }
  - uses: ./act
  - uses: ./act
    if: failure()
    with: { who: late }
`,
    { files: nodeAction('post: post.js') },
  );
  expect(result).toMatchObject({ conclusion: 'failure', exit: { status: 4 } });
  expect(outputOf(log)).toEqual([
    ...['main ada ', '##[error]Process completed with exit code 4.', 'main late '],
    ...['post late STATE_from_main=late', 'post ada STATE_from_main=ada'],
  ]);
  const onlyAfterSuccess = await runSteps('  - uses: ./act\n  - run: exit 1', {
    files: nodeAction('post: post.js, post-if: success()'),
  });
  expect(outputOf(onlyAfterSuccess.log)).toEqual(['main ada ', '##[error]Process completed with exit code 1.']);
});

test('a last part that fails fails the job', async () => {
  const { result, steps } = await runSteps('  - uses: ./act\n    with: { fail: post }\n', {
    files: nodeAction('post: post.js'),
  });
  expect(result.conclusion).toBe('failure');
  expect(steps).toEqual(['Run ./act: success', 'Post Run ./act: failure']);
});

const COMPOSITE = {
  'outer/action.yml': `
name: Outer
inputs:
  name: { default: nobody }
  twice: { default: "\${{ github.ref_name }}" }
outputs:
  said: { value: "\${{ steps.say.outputs.said }} and \${{ steps.inner.outputs.said }}" }
runs:
  using: composite
  steps:
    - id: say
      shell: bash
      run: |
        echo "outer \${{ inputs.name }} \${{ inputs.twice }} [\${{ steps.hidden.outputs.x }}] $FROM_STEP $INPUT_NAME"
        echo "said=outer" >> "$GITHUB_OUTPUT"
        echo "LATER=yes" >> "$GITHUB_ENV"
        test -f "$GITHUB_ACTION_PATH/action.yml" && echo "path \${{ github.action_path == env.GITHUB_ACTION_PATH || 'ok' }}"
    - id: inner
      uses: ./inner
      with: { name: "\${{ inputs.name }}!" }
    - shell: sh
      run: echo "later $LATER"
`,
  'inner/action.yml': `
name: Inner
inputs: { name: { default: nobody } }
outputs: { said: { value: "\${{ steps.say.outputs.said }}" } }
runs:
  using: composite
  steps:
    - id: say
      shell: bash
      run: echo "said=inner \${{ inputs.name }}" >> "$GITHUB_OUTPUT"
    - uses: ./act
`,
};

test('a composite action has steps of its own, whose ids do not leak, and says what its outputs are', async () => {
  const { result, log, steps } = await runSteps(
    `
  - id: hidden
    run: echo "x=1" >> "$GITHUB_OUTPUT"
  - uses: ./outer
    id: outer
    env: { FROM_STEP: given }
    with: { name: ada }
  - run: echo "\${{ steps.outer.outputs.said }} [\${{ steps.say.outputs.said }}] $LATER [$FROM_STEP]"
`,
    { files: { ...COMPOSITE, ...nodeAction('post: post.js') } },
  );
  expect(result.conclusion).toBe('success');
  expect(outputOf(log)).toEqual([
    ...['outer ada main [] given ', 'path ok', 'main ada ', 'later yes', 'outer and inner ada! [] yes []'],
    ...['post ada STATE_from_main=ada'],
  ]);
  expect(steps.map((step) => step.split(':')[0])).toEqual([
    ...[
      'Run echo "x=1" >> "$GITHUB_OUTPUT"',
      'Run ./outer',
      'Run echo "outer and inner ada! [] $LATER [$FROM_STEP]"',
      'Post Run ./outer',
    ],
  ]);
});

test('in a composite action a step that fails ends it, but for steps that want to run', async () => {
  const action = `
name: Failing
runs:
  using: composite
  steps:
    - { shell: bash, run: exit 5, continue-on-error: true, id: forgiven }
    - { shell: bash, run: 'echo "\${{ steps.forgiven.outcome }} \${{ steps.forgiven.conclusion }}"' }
    - { shell: bash, run: exit 6 }
    - { shell: bash, run: echo never }
    - { shell: bash, run: echo cleaned, if: always() }
    - { shell: bash, run: echo failed, if: failure() }
`;
  const { result, log, steps } = await runSteps(
    '  - uses: ./f\n    id: f\n  - run: echo "${{ steps.f.outcome }}"\n    if: always()',
    {
      files: { 'f/action.yml': action },
    },
  );
  expect(result).toMatchObject({ conclusion: 'failure', exit: { status: 6 } });
  expect(outputOf(log).filter((line) => !line.startsWith('##'))).toEqual([
    'failure success',
    'cleaned',
    'failed',
    'failure',
  ]);
  expect(steps[0]).toBe('Run ./f: failure');
});

test('a composite action that uses itself ends in words', async () => {
  const action = 'name: Loop\nruns:\n  using: composite\n  steps:\n    - uses: ./loop\n';
  const { result } = await runSteps('  - uses: ./loop', { files: { 'loop/action.yml': action } });
  expect(result).toMatchObject({ conclusion: 'error', reason: expect.stringContaining('nested too deep') });
});

test('an action that is not there is an error of its step, which another step may never reach', async () => {
  const { result, steps } = await runSteps(`
  - uses: ./nothing
    if: github.actor == 'nobody'
  - uses: far/away@v1
    if: github.actor == 'nobody'
  - run: echo fine
  - uses: ./nothing
`);
  expect(result).toMatchObject({
    conclusion: 'error',
    reason: expect.stringContaining('there is no folder ./nothing'),
  });
  expect(steps.map((step) => step.split(': ')[1])).toEqual(['skipped', 'skipped', 'success', 'error']);
});

test('a built-in action is executed without any process of its own', async () => {
  const { result, log, steps } = await runSteps('  - uses: actions/checkout@v4\n    with: { unknown: x }', {});
  expect(steps[0]).toMatch(/^Run actions\/checkout@v4: /);
  expect(log).toContain("##[warning]Unexpected input(s) 'unknown', valid inputs are [");
  expect(result.steps).toHaveLength(1);
});

/** A repository with actions, as a server has it: `uses: <owner>/app/act@main`. */
async function serveActions(files: Readonly<Record<string, string>>) {
  const repository = await createRepository(files);
  const [root, owner] = [dirname(dirname(repository.path)), basename(dirname(repository.path))];
  const dispose = () => repository[Symbol.asyncDispose]();
  return { server: pathToFileURL(root).href, uses: `${owner}/app`, [Symbol.asyncDispose]: dispose };
}

test('first parts of actions come before all steps, also of those that composite actions use', async () => {
  const inner = nodeAction('pre: pre.js, post: post.js');
  await using actions = await serveActions(inner);
  const composite = `
name: Wrapping
inputs: { whom: { default: nobody } }
runs:
  using: composite
  steps:
    - uses: ${actions.uses}/act@main
      with: { who: "\${{ inputs.whom }}" }
`;
  await using wrapping = await serveActions({ 'wrap/action.yml': composite });
  expect(wrapping.server).toBe(actions.server);
  const { result, log, steps } = await runSteps(
    `
  - run: echo first step
  - uses: ${actions.uses}/act@main
    with: { who: direct }
  - uses: ${wrapping.uses}/wrap@main
    with: { whom: wrapped }
`,
    { actions: { server: actions.server } },
  );
  expect(result.conclusion).toBe('success');
  expect(outputOf(log)).toEqual([
    ...['pre direct ', 'pre wrapped ', 'first step', 'main direct STATE_from_pre=direct'],
    ...['main wrapped STATE_from_pre=wrapped', 'post wrapped STATE_from_pre=wrapped STATE_from_main=wrapped'],
    'post direct STATE_from_pre=direct STATE_from_main=direct',
  ]);
  expect(steps.map((step) => step.split(' ')[0])).toEqual(['Pre', 'Pre', 'Run', 'Run', 'Run', 'Post', 'Post']);
});

test('an action knows where it is and which version it is', async () => {
  await using actions = await serveActions({
    'action.yml': `
name: Where
runs:
  using: composite
  steps:
    - shell: bash
      run: |
        cat "$GITHUB_ACTION_PATH/data.txt"
        echo "\${{ github.action_ref }} \${{ github.action_repository == '' }} $GITHUB_ACTION_REPOSITORY"
`,
    'data.txt': 'data of the action\n',
  });
  const { log } = await runSteps(`  - uses: ${actions.uses}@main\n  - run: echo "[$GITHUB_ACTION_REPOSITORY]"`, {
    actions: { server: actions.server },
  });
  expect(outputOf(log)).toEqual(['data of the action', `main false ${actions.uses}`, '[]']);
});

test('a job that is cancelled still runs the last parts of its actions', async () => {
  await using job = await startJob('steps:\n  - uses: ./act\n  - run: echo begun; sleep 60\n  - run: echo never', {
    files: nodeAction('post: post.js'),
  });
  await job.says('\nbegun\n');
  job.execution.stop({ conclusion: 'cancelled', reason: 'cancelled: enough' });
  const { result, log } = await job.end;
  expect(result.conclusion).toBe('cancelled');
  expect(outputOf(log)).toEqual(['main ada ', 'begun', 'post ada STATE_from_main=ada']);
});

test('a job whose lease is lost begins nothing more', async () => {
  await using job = await startJob(
    'steps:\n  - uses: ./act\n  - run: echo begun; sleep 60\n  - run: echo never\n    if: always()',
    { files: nodeAction('post: post.js') },
  );
  await job.says('\nbegun\n');
  job.execution.stop({ conclusion: 'error', reason: 'no word from the dispatcher' });
  const { result, log, steps } = await job.end;
  expect(result).toMatchObject({ conclusion: 'error', reason: 'no word from the dispatcher' });
  expect(outputOf(log)).toEqual(['main ada ', 'begun']);
  expect(steps.map((step) => step.split(': ').at(-1))).toEqual(['success', 'error', 'skipped']);
});
