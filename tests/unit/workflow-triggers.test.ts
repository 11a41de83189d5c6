import { expect, test } from 'vitest';
import { matchesPatterns } from '../../src/workflow/patterns.ts';
import { matchTrigger, type TriggerEvent } from '../../src/workflow/triggers.ts';
import { definitionOf } from '../support/workflow.ts';

const JOBS = 'jobs: { a: { runs-on: x, steps: [{ run: a }] } }';

function event(change: Partial<TriggerEvent>): TriggerEvent {
  const changedPaths = () => Promise.resolve(['src/a.ts', 'docs/b.md']);
  return { name: 'push', ref: 'refs/heads/main', payload: {}, message: 'a change', changedPaths, ...change };
}

/** What `on:` makes of an event: `run`, `none`, or the reason. */
async function trigger(on: string, change: Partial<TriggerEvent> = {}): Promise<string> {
  const result = await matchTrigger(definitionOf(`on: ${on}\n${JOBS}`), event(change));
  return 'reason' in result ? `${result.kind}: ${result.reason}` : result.kind;
}

test.each([
  // GitHub's table of patterns for branches and tags
  [['feature/*'], ['feature/my-branch', 'feature/your-branch'], ['feature/a/b', 'feature']],
  [['feature/**'], ['feature/beta-a/my-branch', 'feature/your-branch', 'feature/mona/the/octocat'], ['feature']],
  [
    ['main', 'releases/mona-the-octocat'],
    ['main', 'releases/mona-the-octocat'],
    ['mains', 'releases'],
  ],
  [['*'], ['main', 'releases'], ['all/the/branches']],
  [['**'], ['all/the/branches', 'every/tag'], []],
  [['*feature'], ['mona-feature', 'feature', 'ver-10-feature'], ['a/feature', 'features']],
  [['v2*'], ['v2', 'v2.0', 'v2.9'], ['v1', 'v2/a']],
  [['v[12].[0-9]+.[0-9]+'], ['v1.10.1', 'v2.0.0'], ['v3.0.0', 'v1.0', 'v1.0.0-rc', 'v1x0.0']],
  // and for paths
  [['*'], ['README.md', 'server.rb'], ['a/b']],
  [['*.jsx?'], ['page.js', 'page.jsx'], ['page.jsxx', 'a/page.js', 'pagejs']],
  [['**'], ['all/the/files.md'], []],
  [['*.js'], ['app.js', 'index.js'], ['src/app.js']],
  [['**.js'], ['index.js', 'js/index.js', 'src/js/app.js'], ['index.jsx']],
  [['docs/*'], ['docs/README.md', 'docs/file.txt'], ['docs/a/b', 'a/docs/b']],
  [['docs/**'], ['docs/README.md', 'docs/mona/octocat.txt'], ['docs', 'a/docs/b']],
  [
    ['docs/**/*.md'],
    ['docs/README.md', 'docs/mona/hello-world.md', 'docs/a/markdown/file.md'],
    ['docs/a.txt', 'docsx.md'],
  ],
  [['**/docs/**'], ['docs/hello.md', 'dir/docs/my-file.txt', 'space/docs/plan/space.doc'], ['mydocs/a', 'docs']],
  [['**/README.md'], ['README.md', 'js/README.md'], ['aREADME.md', 'js/aREADME.md']],
  [['**/*src/**'], ['a/src/app.js', 'my-src/code/js/app.js'], ['a/srcs/b']],
  [['**/*-post.md'], ['my-post.md', 'path/their-post.md'], ['post.md']],
  [['**/migrate-*.sql'], ['migrate-10909.sql', 'db/migrate-v1.0.sql', 'db/sept/migrate-v1.sql'], ['db/migrate.sql']],
  [['*.md', '!README.md'], ['hello.md'], ['README.md', 'docs/hello.md']],
  [['*.md', '!README.md', 'README*'], ['hello.md', 'README.md', 'README.doc'], ['docs/hello.md']],
  [
    ['\\*\\[a\\]', 'v1\\+'],
    ['*[a]', 'v1+'],
    ['xa', 'v11'],
  ],
])('the patterns %j match what the documentation says', (patterns, matching, others) => {
  expect(matching.filter((name) => !matchesPatterns(patterns, name))).toEqual([]);
  expect(others.filter((name) => matchesPatterns(patterns, name))).toEqual([]);
});

test('a pattern made to take long is matched in no time', () => {
  const began = performance.now();
  expect(matchesPatterns([`${'*a'.repeat(200)}b`, `${'**/'.repeat(200)}b`], 'a/'.repeat(2_000))).toBe(false);
  expect(performance.now() - began).toBeLessThan(3_000);
});

test('a push starts what asks for pushes, and nothing else', async () => {
  expect(await trigger('push')).toBe('run');
  expect(await trigger('[pull_request, push]')).toBe('run');
  expect(await trigger('pull_request')).toBe('none');
  expect(await trigger('push', { payload: { deleted: true } })).toBe('none');
});

test('a filter of branches that says no is named, with what it has and what came', async () => {
  const on = "{ push: { branches: [main, 'release/**', '!release/old'] } }";
  expect(await trigger(on)).toBe('run');
  expect(await trigger(on, { ref: 'refs/heads/release/1/x' })).toBe('run');
  expect(await trigger(on, { ref: 'refs/heads/feature/x' })).toBe(
    'skipped: `on.push.branches` has main, release/**, !release/old; this ref is feature/x',
  );
  expect(await trigger(on, { ref: 'refs/heads/release/old' })).toMatch(/^skipped: /);
  expect(await trigger('{ push: { branches-ignore: [ma*] } }')).toBe(
    'skipped: `on.push.branches-ignore` has ma*; this ref is main',
  );
});

test('who filters only branches means no tags, and the other way around', async () => {
  const tag = { ref: 'refs/tags/v1.2' };
  expect(await trigger('push', tag)).toBe('run');
  expect(await trigger('{ push: { paths: [none] } }', tag)).toBe('run');
  expect(await trigger('{ push: { branches: [main] } }', tag)).toBe(
    'skipped: `on.push` has a filter for branches only; this ref is the tag v1.2',
  );
  expect(await trigger('{ push: { tags: ["v*"] } }')).toBe(
    'skipped: `on.push` has a filter for tags only; this ref is the branch main',
  );
  expect(await trigger('{ push: { tags: ["v*"], branches: [main] } }', tag)).toBe('run');
  expect(await trigger('{ push: { tags: ["v*"], branches: [main] } }')).toBe('run');
  expect(await trigger('{ push: { tags-ignore: ["v*"] } }', tag)).toMatch(/^skipped: `on.push.tags-ignore`/);
});

test('one changed path that is wanted, or not ignored, is enough', async () => {
  expect(await trigger('{ push: { paths: [docs/**] } }')).toBe('run');
  expect(await trigger('{ push: { paths: [lib/**] } }')).toBe(
    'skipped: `on.push.paths` has lib/**; changed: src/a.ts, docs/b.md',
  );
  expect(await trigger('{ push: { paths-ignore: [docs/**] } }')).toBe('run');
  expect(await trigger("{ push: { paths-ignore: [docs/**, '**.ts'] } }")).toMatch(/^skipped: `on.push.paths-ignore`/);
  const none = { changedPaths: () => Promise.resolve([]) };
  expect(await trigger('{ push: { paths-ignore: [docs/**] } }', none)).toMatch(/; nothing was changed$/);
  expect(await trigger('{ push: { paths: [lib/**] } }', { changedPaths: () => Promise.resolve(undefined) })).toBe(
    'run',
  );
});

test('paths are asked for only where a filter looks at them', async () => {
  const changedPaths = () => Promise.reject(new Error('asked for'));
  expect(await trigger('{ push: { branches: [main] } }', { changedPaths })).toBe('run');
  expect(await trigger('{ push: { branches: [x], paths: [a] } }', { changedPaths })).toMatch(/^skipped/);
});

test.each(['[skip ci]', '[ci skip]', '[no ci]', '[skip actions]', '[Actions Skip]'])(
  'a message with %s keeps pushes and pull requests from running',
  async (mark) => {
    const message = `docs: a word ${mark}`;
    const reason = `skipped: the commit's message says ${mark.toLowerCase()}`;
    expect(await trigger('push', { message })).toBe(reason);
    expect(await trigger('pull_request', { name: 'pull_request', message })).toBe(reason);
    expect(await trigger('pull_request_target', { name: 'pull_request_target', message })).toBe('run');
    expect(await trigger('workflow_dispatch', { name: 'workflow_dispatch', message })).toBe('run');
  },
);

test('the trailer skip-checks does the same at the end of a message only', async () => {
  expect(await trigger('push', { message: 'a\n\n\nSigned-off-by: b\nskip-checks: true\n' })).toBe(
    "skipped: the commit's message ends with the trailer skip-checks: true",
  );
  expect(await trigger('push', { message: 'a\n\nskip-checks:true' })).toMatch(/^skipped/);
  expect(await trigger('push', { message: 'skip-checks: true' })).toBe('run');
  expect(await trigger('push', { message: 'a\n\nskip-checks: true\n\nmore words' })).toBe('run');
  expect(await trigger('push', { message: 'a\n\nskip-checks: false' })).toBe('run');
});

test('a pull request starts a workflow for three activities, or for those under types', async () => {
  const pull = (action: string, base = 'main') => ({
    name: 'pull_request',
    ref: 'refs/pull/1/merge',
    payload: { action, pull_request: { base: { ref: base } } },
  });
  for (const action of ['opened', 'synchronize', 'reopened'])
    expect(await trigger('pull_request', pull(action))).toBe('run');
  expect(await trigger('pull_request', pull('labeled'))).toBe('none');
  expect(await trigger('{ pull_request: { types: labeled } }', pull('labeled'))).toBe('run');
  expect(await trigger('{ pull_request: { types: [labeled] } }', pull('opened'))).toBe('none');
  expect(await trigger('{ pull_request: { branches: [main] } }', pull('opened'))).toBe('run');
  expect(await trigger('{ pull_request: { branches: [main] } }', pull('opened', 'old'))).toBe(
    'skipped: `on.pull_request.branches` has main; the base is old',
  );
  expect(await trigger('{ pull_request: { branches-ignore: [o*] } }', pull('opened', 'old'))).toBe(
    'skipped: `on.pull_request.branches-ignore` has o*; the base is old',
  );
  expect(await trigger('{ pull_request: { paths: [lib/**] } }', pull('opened'))).toMatch(
    /^skipped: `on.pull_request.paths`/,
  );
});

test('a schedule starts a workflow by the line that is due', async () => {
  const on = "{ schedule: [{ cron: '0 3 * * *' }, { cron: '*/5 1-3,8 1 JAN SUN', timezone: Europe/Berlin }] }";
  const due = (cron: string) => ({ name: 'schedule', payload: { schedule: cron } });
  expect(await trigger(on, due('0 3 * * *'))).toBe('run');
  expect(await trigger(on, due('1 3 * * *'))).toBe('none');
  expect(definitionOf(`on: ${on}\n${JOBS}`).on.schedule).toMatchObject([
    { cron: '0 3 * * *', at: { line: 1, column: 26 } },
    { cron: '*/5 1-3,8 1 JAN SUN', timezone: 'Europe/Berlin' },
  ]);
});

test('a workflow follows others by their names, activities and branches', async () => {
  const run = (name: string, action = 'completed', branch = 'main') => ({
    name: 'workflow_run',
    payload: { action, workflow_run: { name, head_branch: branch } },
  });
  const on = '{ workflow_run: { workflows: [CI, Lint], types: [completed], branches: [main] } }';
  expect(await trigger(on, run('Lint'))).toBe('run');
  expect(await trigger(on, run('Release'))).toBe('none');
  expect(await trigger(on, run('CI', 'requested'))).toBe('none');
  expect(await trigger(on, run('CI', 'completed', 'x'))).toBe(
    'skipped: `on.workflow_run.branches` has main; the branch is x',
  );
});

test('other events start a workflow by their types; a call never comes as an event', async () => {
  const of = (name: string, payload: TriggerEvent['payload'] = {}) => ({ name, payload });
  expect(
    await trigger('{ repository_dispatch: { types: [deploy] } }', of('repository_dispatch', { action: 'deploy' })),
  ).toBe('run');
  expect(
    await trigger('{ repository_dispatch: { types: [deploy] } }', of('repository_dispatch', { action: 'x' })),
  ).toBe('none');
  expect(await trigger('[repository_dispatch, create]', of('repository_dispatch', { action: 'x' }))).toBe('run');
  expect(await trigger('{ release: { types: [published] } }', of('release', { action: 'published' }))).toBe('run');
  expect(await trigger('{ release: { types: [published] } }', of('release', { action: 'created' }))).toBe('none');
  expect(await trigger('[push, workflow_call]', of('workflow_call'))).toBe('none');
  expect(await trigger('push', of('constructor'))).toBe('none');
  const group = of('merge_group', { action: 'checks_requested', merge_group: { base_ref: 'refs/heads/old' } });
  expect(await trigger('{ merge_group: { branches: [main] } }', group)).toBe(
    'skipped: `on.merge_group.branches` has main; the base is old',
  );
});

const INPUTS = `{ workflow_dispatch: { inputs: {
  level: { type: choice, options: [low, high], default: low }, dry: { type: boolean }, count: { type: number, default: 3 },
  name: { required: true }, where: { type: environment } } } }`;

async function dispatch(inputs: TriggerEvent['payload'], on = INPUTS): Promise<unknown> {
  const definition = definitionOf(`on: ${on}\n${JOBS}`);
  const result = await matchTrigger(definition, event({ name: 'workflow_dispatch', inputs }));
  return result.kind === 'run' ? result.inputs : 'reason' in result ? result.reason : result.kind;
}

test('inputs of a dispatch get their types and defaults', async () => {
  expect(await dispatch({ name: 'a' })).toEqual({ level: 'low', dry: false, count: 3, name: 'a', where: '' });
  const sent = { NAME: 7, level: 'high', dry: 'true', count: '2.5', where: 'prod' };
  expect(await dispatch(sent)).toEqual({ level: 'high', dry: true, count: 2.5, name: '7', where: 'prod' });
  expect(await dispatch({}, 'workflow_dispatch')).toEqual({});
  expect(await dispatch({ a: 'x' }, '{ workflow_dispatch: { inputs: { a: , b: } } }')).toEqual({ a: 'x', b: '' });
  expect(await dispatch({}, '{ workflow_dispatch: { inputs: } }')).toEqual({});
});

test.each([
  [{}, 'the input name is required, and was not given'],
  [{ name: 'a', nam: 'b' }, 'the workflow has no input nam; did you mean name?'],
  [{ name: 'a', level: 'middle' }, 'the input level is "middle", not one of low, high'],
  [{ name: 'a', dry: 'yes' }, 'the input dry is "yes", not true or false'],
  [{ name: 'a', count: 'x' }, 'the input count is "x", not a number'],
  [{ name: ['a'] }, 'the input name is ["a"], not a plain value'],
  [{ name: 'x'.repeat(70_000) }, 'the inputs are larger than 65535 characters'],
])('a dispatch with the inputs %j is refused in words', async (inputs, reason) => {
  expect(await dispatch(inputs)).toBe(reason);
});
