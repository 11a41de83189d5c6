import { expect, test } from 'vitest';
import type { WorkflowDefinition } from '../../src/model/workflow.ts';
import { loadWorkflow, type WorkflowLoader } from '../../src/workflow/load-workflow.ts';
import { parseActionSteps } from '../../src/workflow/parse-action-steps.ts';
import { describeProblem } from '../../src/workflow/parse-workflow.ts';

const FOLDER = '.github/workflows';
const WORK = 'jobs: { a: { runs-on: x, steps: [{ run: a }] } }';

/** Workflow files of one commit; `./.github/workflows/x.yml` finds `x`. */
function filesOf(files: Readonly<Record<string, string>>): WorkflowLoader {
  return (uses) => {
    const name = uses.replace(`./${FOLDER}/`, '').replace('.yml', '');
    const text = files[name];
    return Promise.resolve(
      text === undefined ? { error: 'there is no such file in this commit' } : { path: `${FOLDER}/${name}.yml`, text },
    );
  };
}

function caller(job: string, on = 'push'): string {
  return `on: ${on}\njobs:\n  call:\n    ${job.split('\n').join('\n    ')}`;
}

async function load(text: string, files: Readonly<Record<string, string>>): Promise<WorkflowDefinition> {
  const parsed = await loadWorkflow(`${FOLDER}/ci.yml`, text, filesOf(files));
  if ('problems' in parsed) throw new Error(parsed.problems.map(describeProblem).join('\n'));
  return parsed.definition;
}

async function problems(text: string, files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const parsed = await loadWorkflow(`${FOLDER}/ci.yml`, text, filesOf(files));
  return 'problems' in parsed ? parsed.problems.map((one) => describeProblem(one).replaceAll(`${FOLDER}/`, '')) : [];
}

const use = (name: string) => `uses: ./${FOLDER}/${name}.yml`;

test('a called workflow, and what it calls, stand in the definition', async () => {
  const files = {
    deploy: `name: Deploy\n${caller(use('inner'), 'workflow_call')}`,
    inner: `on: { workflow_call: { outputs: { url: { value: "\${{ jobs.a.outputs.url }}" } } } }\npermissions: write-all\n${WORK}`,
  };
  const definition = await load(caller(use('deploy')), files);
  const deploy = definition.calls[`./${FOLDER}/deploy.yml`];
  expect(deploy).toMatchObject({ name: 'Deploy', path: `${FOLDER}/deploy.yml` });
  expect(deploy?.calls[`./${FOLDER}/inner.yml`]?.on.workflow_call?.outputs).toEqual({
    url: { expr: 'jobs.a.outputs.url', at: { line: 1, column: 50 } },
  });
  expect(definition.differences).toEqual([
    `${FOLDER}/inner.yml: no token is made for jobs: permissions to write (all; line 2) change nothing`,
  ]);
});

test('a workflow that calls itself is refused in words, over others too', async () => {
  expect(await problems(caller(use('ci')), { ci: caller(use('ci')) })).toEqual([
    'ci.yml:4:11: the workflow calls itself: ci.yml → ci.yml',
  ]);
  const files = { a: caller(use('b'), 'workflow_call'), b: caller(use('a'), 'workflow_call') };
  expect(await problems(caller(use('a')), files)).toEqual([
    'b.yml:4:11: the workflow calls itself: a.yml → b.yml → a.yml',
  ]);
});

test('ten levels of workflows are allowed, eleven are not', async () => {
  const chain = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `w${index}`,
        index === count - 1 ? `on: workflow_call\n${WORK}` : caller(use(`w${index + 1}`), 'workflow_call'),
      ]),
    );
  expect(await problems(caller(use('w0')), chain(9))).toEqual([]);
  expect(await problems(caller(use('w0')), chain(10))).toEqual([
    'w8.yml:4:11: workflows can call one another 10 levels deep, the first one included, not more',
  ]);
});

test('workflows that call all of the next level many times over end in words, not in a hang', async () => {
  const jobs = (level: number) =>
    Array.from({ length: 5 }, (_, index) => `  j${index}:\n    ${use(`l${level}x${index}`)}`);
  const files: Record<string, string> = {};
  for (let level = 1; level <= 8; level++) {
    for (let index = 0; index < 5; index++) {
      files[`l${level}x${index}`] =
        level === 8 ? `on: workflow_call\n${WORK}` : `on: workflow_call\njobs:\n${jobs(level + 1).join('\n')}`;
    }
  }
  expect(await problems(`on: push\njobs:\n${jobs(1).join('\n')}`, files)).toEqual([
    'ci.yml: it calls workflows more than 500 times, calls of calls included',
  ]);
});

test.each([
  [
    'a file that is not there',
    caller(use('none')),
    {},
    "ci.yml:4:11: the workflow './none.yml' cannot be had: there is no such file in this commit",
  ],
  [
    'a file without workflow_call',
    caller(use('b')),
    { b: `on: push\n${WORK}` },
    "ci.yml:4:11: the workflow b.yml cannot be called: workflow_call is not under its 'on'",
  ],
  [
    'a called file that is wrong',
    caller(use('b')),
    { b: 'on: workflow_call\njobs: {}' },
    'b.yml:2:7: a workflow needs at least one job',
  ],
  [
    'an unknown input',
    caller(`${use('b')}\nwith: { sped: 1 }`),
    { b: `on: { workflow_call: { inputs: { speed: { type: number } } } }\n${WORK}` },
    "ci.yml:5:19: b.yml has no input 'sped'; did you mean 'speed'?",
  ],
  [
    'a missing input',
    caller(use('b')),
    { b: `on: { workflow_call: { inputs: { speed: { type: number, required: true } } } }\n${WORK}` },
    "ci.yml:4:11: b.yml needs the input 'speed', and it is not passed",
  ],
  [
    'an input of a wrong type',
    caller(`${use('b')}\nwith: { SPEED: '1' }`),
    { b: `on: { workflow_call: { inputs: { speed: { type: number } } } }\n${WORK}` },
    "ci.yml:5:20: the input 'SPEED' of b.yml is a number, without quotes",
  ],
  [
    'a missing secret',
    caller(use('b')),
    { b: `on: { workflow_call: { secrets: { key: { required: true } } } }\n${WORK}` },
    "ci.yml:4:11: b.yml needs the secret 'key', and it is not passed",
  ],
  [
    'an unknown secret',
    caller(`${use('b')}\nsecrets: { key: a }`),
    { b: `on: workflow_call\n${WORK}` },
    "ci.yml:5:21: b.yml has no secret 'key'; it has none",
  ],
  [
    'a call that is none',
    caller('uses: ./ci.yml'),
    {},
    "ci.yml:4:11: './ci.yml' is no reusable workflow; expected: ./.github/workflows/file.yml or owner/repo/.github/workflows/file.yml@ref".replaceAll(
      '.github/workflows/',
      '',
    ),
  ],
])('%s is told where it is called', async (_, text, files, problem) => {
  expect(await problems(text, files as Record<string, string>)).toEqual([problem]);
});

test('secrets that are inherited, and inputs that are expressions, are not looked at before the run', async () => {
  const b = `on: { workflow_call: { inputs: { n: { type: number } }, secrets: { key: { required: true } } } }\n${WORK}`;
  expect(await problems(caller(`${use('b')}\nwith: { n: "\${{ fromJSON('1') }}" }\nsecrets: inherit`), { b })).toEqual(
    [],
  );
});

test('the steps of a composite action are read with places, ids and conditions', () => {
  const parsed = parseActionSteps(
    'action.yml',
    `name: a
inputs: { x: { default: 1 } }
runs:
  using: composite
  steps:
    - id: one
      run: echo \${{ inputs.x }}
      shell: bash
    - uses: actions/cache@v4
      if: runner.os == 'Linux'
      with: { path: a }
`,
  );
  expect(parsed).toMatchObject({
    steps: [
      { id: 'one', at: { line: 6, column: 7 }, run: { expr: "format('echo {0}', inputs.x)" }, shell: 'bash' },
      { uses: 'actions/cache@v4', if: { expr: "success() && (runner.os == 'Linux')", at: { line: 10, column: 11 } } },
    ],
  });
});

test('what is wrong with the steps of a composite action is told with its place', () => {
  const parsed = parseActionSteps(
    'action.yml',
    'runs:\n  using: composite\n  steps:\n    - run: echo ${{ secrets.x }}\n    - uses: a\n      with: {}\n',
  );
  expect('problems' in parsed ? parsed.problems.map(describeProblem) : []).toEqual([
    "action.yml:4:7: the key 'shell' is missing here",
    "action.yml:4:21: the context 'secrets' is not available here; available here: github, inputs, strategy, matrix, steps, job, runner, env",
  ]);
});
