import { describe, expect, test } from 'vitest';
import type { ExpandRequest, Expansion, PlannedCall, PlannedLeg } from '../../src/model/expansion.ts';
import type { JobDefinition, Need, NeedResult, Template, WorkflowDefinition } from '../../src/model/workflow.ts';
import { createExpander } from '../../src/workflow/expander.ts';
import { expr, job, request, run, SETTINGS, TOP, template, workflow } from '../support/definitions.ts';

const expander = createExpander(SETTINGS);
const expand = (definition: JobDefinition, more: Partial<ExpandRequest> = {}) =>
  expander.expand(request(definition, more));
const legs = (expansion: Expansion) => {
  if (expansion.kind !== 'jobs') throw new Error(JSON.stringify(expansion));
  return expansion.legs;
};
const only = (definition: JobDefinition, more: Partial<ExpandRequest> = {}) =>
  legs(expand(definition, more))[0] as PlannedLeg;
const need = (result: NeedResult, outputs: Need['outputs'] = {}): Need => ({ result, outputs });
const matrix = (value: unknown, more: object = {}) => template({ matrix: value, ...more });

describe('a plain job', () => {
  test('becomes one leg that any runner takes', () => {
    expect(expand(job('build'))).toEqual({
      kind: 'jobs',
      failFast: true,
      maxParallel: null,
      legs: [
        {
          kind: 'job',
          key: 'build',
          name: 'build',
          matrix: {},
          strategy: { 'fail-fast': true, 'job-index': 0, 'job-total': 1, 'max-parallel': 1 },
          labels: [],
          continueOnError: false,
          spec: {
            found: '.github/workflows/ci.yml: job build',
            checkout: true,
            steps: [],
            env: {},
            envPass: [],
            timeoutMs: 3_600_000,
            logLimitBytes: 1_000_000,
            exclusive: false,
            workflow: { path: '.github/workflows/ci.yml', job: job('build'), actions: SETTINGS.actions },
          },
        },
      ],
    });
  });

  test('its spec does not depend on the commit', () => {
    const [first, second] = [
      only(job('build')),
      only(job('build'), { run: run({ id: 9, sha: 'b'.repeat(40), ref: 'refs/heads/x' }) }),
    ];
    expect(JSON.stringify(first.spec)).toBe(JSON.stringify(second.spec));
  });

  test('settings are those of its repository', () => {
    const own = createExpander((repository) => ({ ...SETTINGS, reports: [`${repository}.xml`], envPass: ['HOME'] }));
    expect(legs(own.expand(request(job('a'))))[0]).toMatchObject({
      spec: { reports: ['acme/app.xml'], envPass: ['HOME'] },
    });
  });

  test('has the env and defaults of its workflow in its spec', () => {
    const build = job('build');
    const definition = workflow([build], { env: template({ A: '1' }), defaults: template({ shell: 'sh' }) });
    expect(only(build, { definition }).spec.workflow).toMatchObject({
      env: template({ A: '1' }),
      defaults: template({ shell: 'sh' }),
    });
  });

  test('an environment makes it exclusive', () => {
    expect(only(job('a', { environment: 'production' }))).toMatchObject({
      environment: 'production',
      spec: { exclusive: true },
    });
    const named = template({ name: expr('github.ref_name'), url: expr('steps.x.outputs.url') });
    expect(only(job('a', { environment: named })).environment).toBe('main');
    expect(only(job('a', { environment: expr("''") }))).not.toHaveProperty('environment');
  });

  test('has the concurrency group that it names', () => {
    expect(only(job('a', { concurrency: 'deploy' })).concurrency).toEqual({ group: 'deploy', cancelInProgress: false });
    const mapping = template({
      group: expr("format('x-{0}', github.ref)"),
      'cancel-in-progress': expr("github.ref != 'refs/heads/x'"),
    });
    expect(only(job('a', { concurrency: mapping })).concurrency).toEqual({
      group: 'x-refs/heads/main',
      cancelInProgress: true,
    });
  });

  test.each<[Template, number]>([
    [5, 300_000],
    [0.5, 30_000],
    [expr("fromJSON('7')"), 420_000],
    [1_000_000, 2_147_483_647],
  ])('timeout-minutes %j are %d ms', (timeoutMinutes, expected) => {
    expect(only(job('a', { timeoutMinutes })).spec.timeoutMs).toBe(expected);
  });

  test.each<[Template, readonly string[]]>([
    ['ubuntu-latest', []],
    [['self-hosted', 'Linux', 'GPU'], ['gpu']],
    [expr('fromJSON(\'["macos-14"]\')'), ['macos']],
    [template({ group: 'large', labels: ['windows-2022', 'x64'] }), ['windows']],
    [template({ group: 'large' }), []],
    [expr("format('{0}-arm', 'pi')"), ['pi-arm']],
  ])('runs-on %j needs %j', (runsOn, expected) => {
    expect(only(job('a', { runsOn })).labels).toEqual(expected);
  });

  test('a label that is mapped to skip ends it with the reason', () => {
    const own = createExpander({ ...SETTINGS, labels: { 'Windows-*': 'skip' } });
    expect(legs(own.expand(request(job('a', { runsOn: 'windows-latest' }))))[0]).toMatchObject({
      skip: 'runs-on is windows-latest, which the configuration maps to skip',
    });
  });
});

describe('if', () => {
  const guarded = (condition: string) => expr(`success() && (${condition})`);
  test.each<[string, Partial<ExpandRequest>, string]>([
    [
      "github.ref == 'refs/heads/x'",
      {},
      "if: github.ref == 'refs/heads/x' was false (github.ref is 'refs/heads/main')",
    ],
    ['vars.ON', {}, 'if: vars.ON was false (vars.ON is not set)'],
    ['false', {}, 'if: false was false'],
    ['true', { needs: { build: need('failure') }, ancestors: ['failure'] }, 'it needs build, which failed'],
    [
      'true',
      { needs: { a: need('skipped'), b: need('cancelled') }, ancestors: ['skipped', 'cancelled'] },
      'it needs a, which was skipped, and b, which was cancelled',
    ],
    [
      'true',
      { needs: { b: need('success') }, ancestors: ['success', 'skipped'] },
      'a job before those that it needs was skipped',
    ],
    ['true', { isCancelled: true }, 'the run was cancelled'],
  ])('%s: it says why', (condition, more, reason) => {
    expect(expand(job('a', { if: guarded(condition) }), more)).toEqual({ kind: 'skip', reason });
  });

  test('a condition without a place for success is quoted as it is', () => {
    expect(expand(job('a', { if: expr('failure()') }))).toEqual({ kind: 'skip', reason: 'if: failure() was false' });
    const both = expr("success() && (github.ref == 'x') || (github.event_name == 'y')");
    expect(expand(job('a', { if: both }))).toMatchObject({
      reason: expect.stringContaining("if: success() && (github.ref == 'x') || ("),
    });
  });

  test.each<[string, readonly NeedResult[], boolean, boolean]>([
    ['success()', ['success', 'success'], false, true],
    ['success()', ['success', 'skipped'], false, false],
    ['success()', ['cancelled'], false, false],
    ['failure()', ['success', 'failure'], false, true],
    ['failure()', ['cancelled', 'skipped'], false, false],
    ['always()', ['failure'], true, true],
    ['cancelled()', [], true, true],
    ['!cancelled()', ['failure'], false, true],
    ["always() && needs.build.result == 'success'", ['failure'], false, true],
  ])('%s after %j, cancelled: %s, is %s', (condition, ancestors, isCancelled, runs) => {
    const expansion = expand(job('a', { if: expr(condition) }), {
      ancestors,
      isCancelled,
      needs: { build: need('success') },
    });
    expect(expansion.kind).toBe(runs ? 'jobs' : 'skip');
  });

  test('it reads outputs of needs, inputs and variables', () => {
    const needs = { build: need('success', { go: 'yes' }) };
    const condition = expr("needs.build.outputs.go == 'yes' && inputs.deploy && vars.LEVEL > 2 && always()");
    expect(
      expand(job('a', { if: condition }), { needs, run: run({ inputs: { deploy: true } }), vars: { LEVEL: '3' } }).kind,
    ).toBe('jobs');
  });
});

describe('a matrix', () => {
  const strategy = matrix(
    { node: [18, 20], os: ['ubuntu-latest', 'windows-latest'] },
    { 'fail-fast': false, 'max-parallel': 2 },
  );

  test('becomes legs with keys, names and contexts of their own, and one spec', () => {
    const expansion = expand(job('build', { strategy, runsOn: expr('matrix.os') }));
    expect(expansion).toMatchObject({ failFast: false, maxParallel: 2 });
    expect(legs(expansion).map((leg) => leg.key)).toEqual([
      'build (18, ubuntu-latest)',
      'build (18, windows-latest)',
      'build (20, ubuntu-latest)',
      'build (20, windows-latest)',
    ]);
    expect(legs(expansion)[3]).toMatchObject({
      name: 'build (20, windows-latest)',
      labels: ['windows'],
      matrix: { node: 20, os: 'windows-latest' },
      strategy: { 'fail-fast': false, 'job-index': 3, 'job-total': 4, 'max-parallel': 2 },
    });
    expect(new Set(legs(expansion).map((leg) => (leg as PlannedLeg).spec)).size).toBe(1);
  });

  test.each<[Template, readonly string[]]>([
    ['Build', ['Build (1)', 'Build (2)']],
    [expr("format('Node {0}', matrix.n)"), ['Node 1', 'Node 2']],
    [expr('matrix.none'), ['build (1)', 'build (2)']],
    ['x'.repeat(120), ['x'.repeat(97).concat('...'), 'x'.repeat(97).concat('...')]],
  ])('name %j', (name, expected) => {
    expect(legs(expand(job('build', { name, strategy: matrix({ n: [1, 2] }) }))).map((leg) => leg.name)).toEqual(
      expected,
    );
  });

  test('equal values have different keys', () => {
    expect(legs(expand(job('a', { strategy: matrix({ n: [1, '1', 1] }) }))).map((leg) => leg.key)).toEqual([
      'a (1)',
      'a (1) #2',
      'a (1) #3',
    ]);
  });

  test('may be an expression, or have one for an axis', () => {
    const needs = { plan: need('success', { all: '{"n":[1,2],"include":[{"n":3}]}', list: '["x","y","z"]' }) };
    const whole = matrix(expr('fromJSON(needs.plan.outputs.all)'));
    expect(legs(expand(job('a', { strategy: whole }), { needs })).map((leg) => leg.key)).toEqual([
      'a (1)',
      'a (2)',
      'a (3)',
    ]);
    const axis = matrix({ n: expr('fromJSON(needs.plan.outputs.list)') });
    expect(legs(expand(job('a', { strategy: axis }), { needs }))).toHaveLength(3);
  });

  test('everything else may depend on it', () => {
    const strategyOf = matrix({
      include: [
        { n: 1, may: true, minutes: 3 },
        { n: 2, may: false, minutes: 4 },
      ],
    });
    const definition = job('a', {
      strategy: strategyOf,
      continueOnError: expr('matrix.may'),
      timeoutMinutes: expr('matrix.minutes'),
      environment: expr("format('env{0}', matrix.n)"),
      concurrency: expr("format('group{0}', strategy.job-index)"),
    });
    expect(legs(expand(definition))).toMatchObject([
      { continueOnError: true, environment: 'env1', concurrency: { group: 'group0' }, spec: { timeoutMs: 180_000 } },
      { continueOnError: false, environment: 'env2', concurrency: { group: 'group1' }, spec: { timeoutMs: 240_000 } },
    ]);
  });

  test('of which all is excluded leaves one job without a matrix', () => {
    const expansion = expand(job('a', { strategy: matrix({ n: [1], exclude: [{ n: 1 }] }) }));
    expect(legs(expansion)).toMatchObject([{ key: 'a', matrix: {}, strategy: { 'job-total': 1 } }]);
  });
});

describe('a call of a reusable workflow', () => {
  const called = workflow([job('build')], {
    path: '.github/workflows/build.yml',
    on: {
      workflow_call: {
        inputs: {
          name: { type: 'string', required: true },
          count: { type: 'number', required: false, default: 2 },
          flag: { type: 'boolean', required: false },
          where: { type: 'string', required: false, default: expr('github.ref_name') },
        },
        secrets: { TOKEN: { required: true } },
        outputs: { image: expr('jobs.build.outputs.image'), how: expr('jobs.build.result') },
      },
    },
  });
  const uses = './.github/workflows/build.yml';
  const call = (more: Partial<JobDefinition> = {}) =>
    job('deploy', { uses, secrets: 'inherit', with: template({ name: 'x' }), ...more });
  const top = (definition: JobDefinition): WorkflowDefinition => workflow([definition], { calls: { [uses]: called } });
  const planned = (definition: JobDefinition) =>
    legs(expand(definition, { definition: top(definition) })) as readonly PlannedCall[];

  test('gets typed inputs with their defaults', () => {
    expect(planned(call())[0]).toMatchObject({
      kind: 'call',
      key: 'deploy',
      scope: {
        calls: [uses],
        names: ['deploy'],
        inputs: { name: 'x', count: 2, flag: false, where: 'main' },
        secrets: ['inherit'],
      },
    });
    expect(
      planned(call({ with: template({ NAME: 7, count: expr("fromJSON('3')"), flag: true }) }))[0]?.scope.inputs,
    ).toEqual({
      name: '7',
      count: 3,
      flag: true,
      where: 'main',
    });
  });

  test('with a matrix there is one for each leg', () => {
    const definition = call({ strategy: matrix({ to: ['a', 'b'] }), with: template({ name: expr('matrix.to') }) });
    expect(planned(definition).map((leg) => [leg.key, leg.scope.names, leg.scope.inputs.name])).toEqual([
      ['deploy (a)', ['deploy (a)'], 'a'],
      ['deploy (b)', ['deploy (b)'], 'b'],
    ]);
  });

  test('keeps what its secrets read, and only that', () => {
    const secrets = template({ TOKEN: expr('secrets[matrix.to]') });
    const definition = call({ strategy: matrix({ to: ['a'] }), secrets });
    expect(planned(definition)[0]?.scope).toMatchObject({ secrets: [secrets], callers: [{ matrix: { to: 'a' } }] });
    expect(planned(call())[0]?.scope).not.toHaveProperty('callers');
  });

  test('its jobs see its inputs and have the names of the callers', () => {
    const definition = call();
    const scope = planned(definition)[0]?.scope ?? TOP;
    const build = job('build', { name: expr("format('for {0}', inputs.name)") });
    expect(only(build, { definition: top(definition), scope })).toMatchObject({
      name: 'deploy / for x',
      spec: { found: '.github/workflows/build.yml: job build', workflow: { path: '.github/workflows/build.yml' } },
    });
  });

  test('its outputs come from its jobs', () => {
    const jobs = { build: need('success', { image: 'img:1' }) };
    expect(expander.callOutputs(called, { run: run(), vars: {}, scope: TOP, jobs })).toEqual({
      outputs: { image: 'img:1', how: 'success' },
    });
    const bad = { ...called, on: { workflow_call: { inputs: {}, secrets: {}, outputs: { x: expr("fromJSON('')") } } } };
    expect(expander.callOutputs(bad, { run: run(), vars: {}, scope: TOP, jobs })).toMatchObject({
      error: expect.stringContaining('build.yml:3:5'),
    });
  });

  test.each<[Partial<JobDefinition>, string]>([
    [{ with: template({}) }, 'input name of job deploy: Input name is required, but not provided while calling'],
    [{ with: template({ name: 'x', other: 1 }) }, 'Invalid input, other is not defined in the referenced workflow'],
    [
      { with: template({ name: 'x', flag: 'true' }) },
      "it has to be true or false, not the text 'true'; fromJSON(…) makes one of the text",
    ],
    [{ with: template({ name: 'x', count: 'many' }) }, "it has to be a number, not the text 'many'"],
    [{ with: template({ name: expr("fromJSON('[]')") }) }, 'it has to be a text, not a list'],
    [{ secrets: template({ OTHER: 'x' }) }, 'Secret TOKEN is required, but not provided while calling'],
    [{ uses: './gone.yml' }, 'the workflow ./gone.yml was not loaded'],
  ])('%j is refused in words', (more, words) => {
    const definition = call(more);
    expect(expand(definition, { definition: top(definition) })).toMatchObject({
      kind: 'error',
      reason: expect.stringContaining(words),
    });
  });
});

describe('errors', () => {
  const at = { line: 12, column: 9 };
  test.each<[Partial<JobDefinition>, string]>([
    [
      { if: expr("fromJSON('')", at) },
      '.github/workflows/ci.yml:12:9: the expression "fromJSON(\'\')" failed: fromJSON() was given an empty text',
    ],
    [
      { strategy: matrix({ n: expr("fromJSON('[]')", at) }) },
      ".github/workflows/ci.yml:12:9: matrix of job a: Matrix vector 'n' does not contain any values",
    ],
    [
      { strategy: template({ matrix: 'all' }) },
      ".github/workflows/ci.yml:3:5: matrix of job a: the matrix has to be a mapping, not the text 'all'",
    ],
    [
      { strategy: template({ 'fail-fast': 'yes' }) },
      "fail-fast of job a: it has to be true or false, not the text 'yes'",
    ],
    [
      { strategy: template({ 'max-parallel': expr("'2'", at) }) },
      "12:9: max-parallel of job a: it has to be a number, not the text '2'; fromJSON(…)",
    ],
    [
      { timeoutMinutes: expr("'5'", at) },
      "12:9: timeout-minutes of job a: it has to be a number, not the text '5'; fromJSON(…) makes one of the text",
    ],
    [{ timeoutMinutes: 0 }, 'timeout-minutes of job a: it has to be more than 0'],
    [
      { continueOnError: expr('github.ref', at) },
      "continue-on-error of job a: it has to be true or false, not the text 'refs/heads/main'",
    ],
    [{ runsOn: expr('matrix.os', at) }, '12:9: runs-on of job a: it is empty; an expression in it found nothing'],
    [{ runsOn: [template({ a: 1 })] }, 'runs-on of job a: it has to be a text, not a mapping'],
    [{ concurrency: expr("''", at) }, '12:9: concurrency of job a: Concurrency group name cannot be empty'],
    [{ concurrency: 'x'.repeat(401) }, 'concurrency of job a: Concurrency group name must be less than 400 characters'],
    [{ environment: expr("fromJSON('[1]')", at) }, 'environment of job a: it has to be a text, not a list'],
  ])('%j', (more, words) => {
    expect(expand(job('a', more))).toMatchObject({ kind: 'error', reason: expect.stringContaining(words) });
  });
});
