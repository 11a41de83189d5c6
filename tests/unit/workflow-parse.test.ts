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

test('the lines of a text in quotes may be indented as little as they like, as on GitHub', () => {
  const run = `run: "echo \\"a\n '\${{ github.ref }}'\\"\n\nb"`;
  const text = `on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - ${run}\n      - name: 'it''s\n  one'\n        run: b`;
  expect(definitionOf(text).jobs[0]?.steps).toMatchObject([
    { run: { expr: "format('echo \"a ''{0}''\"\nb', github.ref)" } },
    { name: "it's one", run: 'b' },
  ]);
});

test.each([
  ['a list', 'branches: [\nx, "]\n# no comment", # ] a comment\n  y\n]', ['x', '] # no comment', 'y']],
  ['a list in a mapping', 'branches: [\n x,\n"y"\n  ]\n    tags: [z]', ['x', 'y']],
])('%s in brackets may be indented as little as one likes, as on GitHub', (_, written, wanted) => {
  const text = `on:\n  push:\n    ${written}\njobs: { a: { runs-on: x, steps: [{ run: a }] } }`;
  expect(definitionOf(text).on.push).toMatchObject({ branches: wanted });
});

test('brackets that are never closed are told as the file was written', () => {
  const text = `on:\n  push:\n    branches: [\n  x\njobs: { a: { runs-on: x, steps: [{ run: a }] } }`;
  expect(problemsOf(text)[0]).toMatch(/^4:3: not valid YAML: flow sequence in block collection must be/);
});

test('a quote that is never closed is told where it is opened', () => {
  const text = `on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: "a\n      - run: "b"`;
  expect(problemsOf(text)[0]).toMatch(/^6:16: not valid YAML: missing closing "quote/);
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

const JOBS = '\njobs: { a: { runs-on: x, steps: [{ run: a }] } }';

test.each([
  [
    'on: { push: { branches: [a], branches-ignore: [b] } }',
    "1:30: 'branches' and 'branches-ignore' cannot both be there; use 'branches' with patterns that begin with !",
  ],
  ['on: { push: { tags: ["!v1"] } }', "1:15: 'tags' needs a pattern that does not begin with !, or use 'tags-ignore'"],
  ['on: { push: { paths: ["a[b"] } }', "1:23: 'a[b' is no pattern: a [ has no ], or there is nothing between them"],
  [
    'on: { push: { branches: ["+a"] } }',
    "1:26: '+a' is no pattern: + repeats the character before it, and there is none",
  ],
  [
    'on: { schedule: [{ cron: "60 * * * *" }] }',
    "1:26: '60 * * * *' is no cron line: '60' is no minute (0 to 59; lists, ranges a-b, steps */n)",
  ],
  [
    'on: { schedule: [{ cron: "@daily" }] }',
    "1:26: '@daily' is no cron line: it has 1 fields, not 5 (minute, hour, day of the month, month, day of the week)",
  ],
  [
    'on: { schedule: [{ cron: "0 0 * * *", timezone: Mars }] }',
    "1:49: 'Mars' is no time zone (Europe/Berlin, America/New_York, UTC …)",
  ],
  ['on: { pull_request: { types: [open] } }', "1:31: unexpected value 'open'; did you mean 'opened'?"],
  [
    'on: { workflow_run: { types: [completed] } }',
    "1:7: 'workflow_run' needs 'workflows': the names of those it follows",
  ],
  ['on: { workflow_dispatch: { inputs: { a: { type: choice } } } }', "1:38: an input of type 'choice' needs 'options'"],
  [
    'on: { workflow_dispatch: { inputs: { a: { type: boolean, default: x } } } }',
    "1:67: the default of a 'boolean' is true or false",
  ],
  ['on: { workflow_call: { inputs: { a: {} } } }', "1:37: the key 'type' is missing here"],
  [
    'on: { workflow_call: { outputs: { a: { value: "${{ steps.a }}" } } } }',
    "1:52: the context 'steps' is not available here; available here: github, inputs, vars, jobs",
  ],
  [
    'on: push\nenv: { A: "${{ matrix.a }}" }',
    "2:16: the context 'matrix' is not available here; available here: github, inputs, vars, secrets",
  ],
  ['on: push\nenv: { "${{ github.a }}": b }', '2:8: an expression as a key is not supported; write the keys out'],
  ['on: push\nrun-name: ${{ github.sha', '2:11: ${{ is here without its }}'],
  [
    'on: push\nrun-name: a ${{ github.sha }} ${{ x }}',
    "2:35: 'x' is no context (a text in an expression needs single quotes); available here: github, inputs, vars",
  ],
  [
    'on: push\nrun-name: ${{ toJson(githb) }}',
    "2:22: 'githb' is no context (a text in an expression needs single quotes); did you mean 'github'?",
  ],
  [
    'on: push\nrun-name: ${{ hashFiles(1) }}',
    "2:15: there is no function 'hashFiles' here; known: contains, startsWith, endsWith, format, join, toJSON, fromJSON, case",
  ],
  ['on: push\nrun-name: ${{ github.sha == "a" }}', '2:29: \'"a"\': a text in an expression needs single quotes'],
  ['on: push\nrun-name: ${{ 1 + 1 }}', "2:17: the expression cannot be read at '+'; expressions have no arithmetic"],
  [
    'on: push\nrun-name: ${{ constructor() }}',
    "2:15: there is no function 'constructor' here; known: contains, startsWith, endsWith, format, join, toJSON, fromJSON, case",
  ],
  ['on: push\nrun-name: ${{ }}', '2:11: ${{ }} is empty'],
  [`on: push\nconcurrency: ${'x'.repeat(401)}`, '2:14: the name of a concurrency group has 400 characters at most'],
])('%s: what is wrong is told', (head, problem) => {
  expect(problemsOf(head + JOBS)).toEqual([problem]);
});

test.each([
  ['needs: [build]', 'these jobs wait for one another in a circle: build → build'],
  ['needs: tset', "the job 'build' needs 'tset', which is no job of this file; the jobs are build"],
  ['if: success() && (', 'the expression ends too early'],
  ['if: secrets.a', "the context 'secrets' is not available here; available here: github, inputs, vars, needs"],
  ['strategy: { matrix: { a: [] } }', "the list 'a' of the matrix is empty"],
  ['strategy: { matrix: {} }', 'the matrix has no list of values'],
  ['container: { options: a }', "the container has no 'image'"],
  ['timeout-minutes: soon', "unexpected value 'soon'; expected: a number"],
  ['uses: a/b@v1', "the key 'uses' does not go with the keys before it"],
])('a job with %s is refused in words', (line, message) => {
  const [problem] = problemsOf(oneJob(`runs-on: x\n${line}\nsteps: [{ run: a }]`));
  expect(problem).toMatch(/^5:\d+: /);
  expect(problem?.replace(/^[\d:]+ /, '')).toBe(message);
});

test('jobs that wait for one another are named in their order', () => {
  const job = (id: string, needs: string) => `  ${id}: { needs: [${needs}], runs-on: x, steps: [{ run: a }] }`;
  const text = `on: push\njobs:\n${job('a', 'b')}\n${job('b', 'c')}\n${job('c', 'a')}\n${job('d', 'c')}`;
  expect(problemsOf(text)).toEqual(['3:16: these jobs wait for one another in a circle: a → b → c → a']);
});

test.each(['checkout@v4', 'actions/checkout', '../x', 'a/b@c@d', 'https://github.com/a/b@v1'])(
  'a step that uses %s is refused in words',
  (uses) => {
    const [problem] = problemsOf(oneJob(`runs-on: x\nsteps: [{ uses: ${uses} }]`));
    expect(problem).toMatch(/^5:\d+: '.*' is no action; /);
  },
);

test('what GitHub does with a file and this program does not is said with its line', () => {
  const { differences } = definitionOf(
    `on: [push, image_version]
permissions: { contents: read, packages: write }
jobs:
  a:
    runs-on: { group: big, labels: x }
    permissions: { id-token: write }
    concurrency: { group: a, queue: max }
    steps: [{ run: a }]
`.replace('[push, image_version]', '{ push: , image_version: }'),
  );
  expect(differences).toEqual([
    'nothing starts it for the event image_version (line 1): it does not come here',
    'no token is made for jobs: permissions to write (packages, id-token; lines 2, 6) change nothing',
    'job a: runs-on: the group says nothing here (line 5)',
  ]);
});

test('who asks for permissions to read only is told of no difference', () => {
  expect(definitionOf(`on: push\npermissions: read-all${JOBS}`).differences).toEqual([]);
});

test('events are accepted by their names alone, in every form', () => {
  expect(Object.keys(definitionOf(`on: repository_dispatch${JOBS}`).on)).toEqual(['repository_dispatch']);
  const all = definitionOf(
    `on: [push, pull_request, workflow_dispatch, workflow_call, repository_dispatch, release]${JOBS}`,
  ).on;
  expect(all).toEqual({
    push: {},
    pull_request: {},
    workflow_dispatch: { inputs: {} },
    workflow_call: { inputs: {}, secrets: {}, outputs: {} },
    repository_dispatch: {},
    others: { release: {} },
  });
});

test('names that objects have anyway are keys like others', () => {
  const [job] = definitionOf(
    oneJob('runs-on: x\nstrategy: { matrix: { constructor: [1], __proto__: [2] } }\nsteps: [{ run: a }]'),
  ).jobs;
  expect(job?.strategy).toEqual({
    entries: [
      [
        'matrix',
        {
          entries: [
            ['constructor', [1]],
            ['__proto__', [2]],
          ],
        },
      ],
    ],
  });
});
