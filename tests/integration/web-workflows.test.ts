import { afterEach, beforeEach, expect, test } from 'vitest';
import { runLines } from '../../src/cli/show.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { runSchema } from '../../src/protocol/api-schema.ts';
import { commitWith, FakeExpander, workflowOf } from '../support/fake-expander.ts';
import { claim, NOW } from '../support/graph.ts';
import { newRepository, pushOf, resultOf } from '../support/store.ts';
import { startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
beforeEach(async () => {
  web = await startWeb({ expander: new FakeExpander() });
});
afterEach(() => web[Symbol.asyncDispose]());

/** A run of a workflow file with a matrix, one leg of which failed and said why. */
async function matrixRun(): Promise<number> {
  const { id } = await web.store.addRepository(newRepository(), NOW);
  const definition = {
    ...workflowOf({ test: { legs: ['20', '22'], failFast: false }, deploy: { needs: ['test'] } }),
    differences: ['`permissions` change nothing'],
  };
  const push = pushOf(id, [commitWith(1, definition, { title: 'ada <b>changed</b> main' })]);
  const [run = 0] = await web.store.dispatch({ ...push, event: 'pull_request' }, NOW);
  const [first, second] = await claim(web.store);
  const annotations = [
    { level: 'warning' as const, message: 'old', file: 'src/b.ts' },
    { level: 'error' as const, message: 'not <so>', title: 'TS2345', file: 'src/a.ts', line: 3 },
  ];
  await web.store.finish(resultOf(first?.job ?? 0, 1, { conclusion: 'failure', annotations }), NOW);
  await web.store.finish(resultOf(second?.job ?? 0, 1), NOW);
  return run;
}

test('show names file, event, notes and the legs of a matrix, and lists remarks, errors first', async () => {
  const run = runSchema.parse((await web.ask(`/api/runs/${await matrixRun()}`)).json());
  const lines = runLines(run, new Terminal({ write: () => {} }, { write: () => {} }, {}), NOW);
  const text = lines.join('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      '  file     .github/workflows/ci.yml',
      '  event    pull_request by ada',
      '  note     `permissions` change nothing',
      '    error  src/a.ts:3  TS2345: not <so>  (test (20))',
      '    warning  src/b.ts  old  (test (20))',
    ]),
  );
  expect(text).toMatch(/test \(20\).* failed/);
  expect(text).toMatch(/test \(22\).* passed/);
  expect(text).toMatch(/deploy +skipped +success\(\) is false/);
  expect(text.indexOf('TS2345')).toBeLessThan(text.indexOf('src/b.ts'));
});

test('the page of a run names file, event and notes, and lists remarks before the jobs', async () => {
  const { text } = await web.ask(`/runs/${await matrixRun()}`, { headers: { accept: 'text/html' } });
  const words = text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
  for (const part of [
    '.github/workflows/ci.yml',
    'pull_request',
    'permissions change nothing',
    'test (22)',
    'src/a.ts:3',
  ])
    expect(words.replace(/ +/g, ' ')).toContain(part);
  expect(text).not.toContain('<b>changed</b>');
  expect(text.indexOf('TS2345')).toBeLessThan(text.indexOf('>Jobs<'));
});

test('of a file with errors each is a line of its own', async () => {
  const { id } = await web.store.addRepository(newRepository(), NOW);
  const error = 'ci.yml:3:5: unexpected key\nci.yml:9:1: unexpected value';
  const plan = { workflow: 'ci.yml', keyRef: 'refs/heads/main', jobs: [], error };
  const commit = { ...commitWith(1, workflowOf({})), plan };
  const [run] = await web.store.dispatch(pushOf(id, [commit]), NOW);
  const answer = runSchema.parse((await web.ask(`/api/runs/${run}`)).json());
  const lines = runLines(answer, new Terminal({ write: () => {} }, { write: () => {} }, {}), NOW);
  expect(lines.slice(1, 3)).toEqual(['  ci.yml:3:5: unexpected key', '  ci.yml:9:1: unexpected value']);
});
