import { expect, test } from 'vitest';
import { definitionOf, oneJob, problemsOf } from '../support/workflow.ts';

test('a workflow file becomes a definition that JSON can hold', () => {
  const definition = definitionOf(`name: CI
run-name: CI of \${{ github.actor }}
on:
  push: { branches: [main, 'release/**'], paths-ignore: docs/** }
  pull_request:
env: { A: '1' }
defaults: { run: { shell: bash } }
jobs:
  build:
    name: build \${{ matrix.node }}
    runs-on: [self-hosted, linux]
    timeout-minutes: 5
    strategy: { fail-fast: false, matrix: { node: [18, 3.10], os: '\${{ fromJSON(vars.OS) }}' } }
    steps:
      - uses: actions/checkout@v4
        with: { fetch-depth: 0 }
      - id: test
        if: matrix.node == 18
        run: npm test
  deploy:
    needs: BUILD
    uses: ./.github/workflows/deploy.yml
    secrets: inherit
`);
  expect(JSON.parse(JSON.stringify(definition))).toEqual(definition);
  expect(definition).toMatchObject({
    name: 'CI',
    runName: { expr: "format('CI of {0}', github.actor)", at: { line: 2, column: 17 } },
    on: { push: { branches: ['main', 'release/**'], pathsIgnore: ['docs/**'] }, pull_request: {} },
    env: { entries: [['A', '1']] },
    defaults: { entries: [['shell', 'bash']] },
    calls: {},
  });
  const [build, deploy] = definition.jobs;
  expect(build).toMatchObject({
    id: 'build',
    at: { line: 9, column: 3 },
    runsOn: ['self-hosted', 'linux'],
    timeoutMinutes: 5,
    strategy: {
      entries: [
        ['fail-fast', false],
        [
          'matrix',
          {
            entries: [
              ['node', [18, 3.1]],
              ['os', { expr: 'fromJSON(vars.OS)' }],
            ],
          },
        ],
      ],
    },
    steps: [
      { uses: 'actions/checkout@v4', with: { entries: [['fetch-depth', '0']] }, if: { expr: 'success()' } },
      { id: 'test', run: 'npm test', if: { expr: 'success() && (matrix.node == 18)', at: { line: 18, column: 13 } } },
    ],
  });
  expect(deploy).toMatchObject({
    needs: ['build'],
    uses: './.github/workflows/deploy.yml',
    secrets: 'inherit',
    steps: [],
  });
});

test('the text of a block keeps its lines as YAML reads them where expressions stand in it', () => {
  const [job] = definitionOf(
    oneJob(`
runs-on: x
steps:
  - run: |
      cat <<'END'
        {a}: \${{ github.sha }}
      END
  - run: >
      one
      \${{ github.ref }}
  - run: "two\\t\${{ github.ref }}"`),
  ).jobs;
  expect(job?.steps.map((step) => (step.run as { expr: string }).expr)).toEqual([
    "format('cat <<''END''\n  {{a}}: {0}\nEND\n', github.sha)",
    "format('one {0}\n', github.ref)",
    "format('two\t{0}', github.ref)",
  ]);
});

test('a condition has a status function, whether it was written with ${{ }} or without', () => {
  const conditions = [
    'always()',
    '${{ failure() || x }}',
    'true',
    '',
    "contains('success()', 'x')",
    '${{ !cancelled() }}',
  ];
  const steps = conditions.map((condition) => `  - { if: "${condition.replace('x', 'env.x')}", run: a }`);
  const [job] = definitionOf(oneJob(`runs-on: x\nsteps:\n${steps.join('\n')}`)).jobs;
  expect(job?.steps.map((step) => step.if.expr)).toEqual([
    'always()',
    'failure() || env.x',
    'success() && (true)',
    'success()',
    "success() && (contains('success()', 'env.x'))",
    '!cancelled()',
  ]);
});

test('anchors and aliases stand for what they name', () => {
  const [, second] = definitionOf(`on: push
jobs:
  a: &job
    runs-on: x
    env: &env { A: b }
    steps: [{ run: a, env: *env }]
  b: *job
`).jobs;
  expect(second).toMatchObject({ id: 'b', runsOn: 'x', steps: [{ env: { entries: [['A', 'b']] } }] });
});

test.each([
  ['a step without run', oneJob('runs-on: x\nsteps: [{ name: a }]'), "5:13: 'run' or 'uses' is missing here"],
  ['an unknown key', oneJob('run-on: x'), "4:5: unexpected key 'run-on'; did you mean 'runs-on'?"],
  [
    'a wrong value',
    `${oneJob('runs-on: x\nsteps: [{ run: a }]')}\npermissions: { contents: wirte }`,
    "6:26: unexpected value 'wirte'; did you mean 'write'?",
  ],
  [
    'an unknown event',
    oneJob('runs-on: x\nsteps: [{ run: a }]', '[psuh]'),
    "1:6: unexpected value 'psuh'; did you mean 'push'?",
  ],
  ['no jobs', 'on: push\njobs: {}', '2:7: a workflow needs at least one job'],
  ['no on', 'jobs: { a: { runs-on: x, steps: [{ run: a }] } }', "1:1: the key 'on' is missing here"],
  ['no steps', oneJob('runs-on: x'), "3:3: the job 'build' has no steps, and calls no workflow with 'uses'"],
  ['an empty file', '', '1:1: the file is empty'],
  ['a list', '- a', '1:1: the file must be a mapping (key: value)'],
  [
    'a second document',
    `${oneJob('runs-on: x\nsteps: [{ run: a }]')}\n---\na: b`,
    '6:1: there is a second YAML document (---) in this file; a workflow is one',
  ],
  [
    'broken YAML',
    'on: push\njobs:\n  a: [b',
    '3:8: not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  ['a key twice', 'on: push\nON: push\njobs: {}', "2:1: the key 'ON' is here twice (case does not count)"],
  [
    'a tag',
    oneJob('runs-on: x\nif: !cancelled()\nsteps: [{ run: a }]'),
    "5:9: unexpected tag '!cancelled()': a value that begins with ! is a tag in YAML; quote the value, or write the expression in ${{ }}",
  ],
  [
    'a step twice',
    oneJob('runs-on: x\nsteps: [{ run: a, id: a }, { run: a, id: A }]'),
    "5:46: another step has the id 'A' already",
  ],
  [
    'a job id with a dot',
    'on: push\njobs: { a.b: { runs-on: x, steps: [{ run: a }] } }',
    "2:9: the id 'a.b' is not valid: it begins with a letter or _, and has letters, digits, _ and - only",
  ],
  [
    'run and uses',
    oneJob('runs-on: x\nsteps: [{ run: a, uses: b/c@v1 }]'),
    "5:23: the key 'uses' does not go with the keys before it",
  ],
])('%s is told with its place', (_, text, problem) => {
  expect(problemsOf(text)).toEqual([problem]);
});
