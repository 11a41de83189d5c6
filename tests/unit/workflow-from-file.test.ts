import { expect, test } from 'vitest';
import type { Expansion } from '../../src/model/expansion.ts';
import type { Need } from '../../src/model/workflow.ts';
import { createExpander } from '../../src/workflow/expander.ts';
import { request, run, SETTINGS } from '../support/definitions.ts';
import { definitionOf, oneJob } from '../support/workflow.ts';

const expander = createExpander(SETTINGS);

/** What the job `id` of the file becomes. */
function expandIn(
  text: string,
  id: string,
  more: { readonly ref?: string; readonly needs?: Record<string, Need> } = {},
): Expansion {
  const definition = definitionOf(text);
  const job = definition.jobs.find((one) => one.id === id);
  if (job === undefined) throw new Error(`no job ${id}`);
  const needs = more.needs ?? {};
  const ancestors = Object.values(needs).map((need) => need.result);
  return expander.expand(
    request(job, { definition, needs, ancestors, run: run({ ref: more.ref ?? 'refs/heads/main' }) }),
  );
}

const names = (expansion: Expansion) =>
  expansion.kind === 'jobs' ? expansion.legs.map((leg) => leg.name) : [`${expansion.kind}: ${expansion.reason}`];

const LIBRARY = `
on: push
jobs:
  test:
    strategy:
      fail-fast: false
      matrix:
        node: [20, 22]
        os: [ubuntu-latest, windows-latest]
        exclude:
          - { os: windows-latest, node: 20 }
        include:
          - { os: ubuntu-latest, node: 22, coverage: true }
          - { os: macos-latest, node: 22 }
    runs-on: \${{ matrix.os }}
    continue-on-error: \${{ matrix.os == 'macos-latest' }}
    steps:
      - run: npm test
  named:
    name: Node \${{ matrix.node }} it's {fine}
    strategy:
      matrix:
        node: [ 3.10, 1e3 ]
    runs-on: [self-hosted, GPU]
    steps:
      - run: npm test
  release:
    needs: test
    if: startsWith(github.ref, 'refs/tags/')
    runs-on: ubuntu-latest
    steps:
      - run: ./release.sh
`;

test('a library with a matrix of Node versions and systems becomes the jobs that GitHub makes', () => {
  const expansion = expandIn(LIBRARY, 'test');
  expect(names(expansion)).toEqual([
    'test (20, ubuntu-latest)',
    'test (22, ubuntu-latest)',
    'test (22, windows-latest)',
    'test (macos-latest, 22)',
  ]);
  expect(expansion).toMatchObject({
    failFast: false,
    legs: [
      { labels: [], continueOnError: false, matrix: { node: 20 } },
      { labels: [], matrix: { node: 22, coverage: true } },
      { labels: ['windows'] },
      { labels: ['macos'], continueOnError: true },
    ],
  });
});

test('a name with text around its expressions is evaluated, numbers as GitHub reads them', () => {
  expect(names(expandIn(LIBRARY, 'named'))).toEqual(["Node 3.1 it's {fine}", "Node 1000 it's {fine}"]);
});

test('a release runs on tags only, and says so elsewhere', () => {
  const needs = { test: { result: 'success', outputs: {} } } as const;
  expect(names(expandIn(LIBRARY, 'release', { needs }))).toEqual([
    "skip: if: startsWith(github.ref, 'refs/tags/') was false (github.ref is 'refs/heads/main')",
  ]);
  expect(names(expandIn(LIBRARY, 'release', { needs, ref: 'refs/tags/v1' }))).toEqual(['release']);
  expect(names(expandIn(LIBRARY, 'release', { needs: { test: { result: 'failure', outputs: {} } } }))).toEqual([
    'skip: it needs test, which failed',
  ]);
});

const DYNAMIC = `
on: push
jobs:
  plan:
    runs-on: ubuntu-latest
    steps: [ run: ./plan.sh ]
  each:
    needs: plan
    strategy:
      matrix: \${{ fromJSON(needs.plan.outputs.matrix) }}
    runs-on: ubuntu-latest
    environment:
      name: \${{ matrix.stage }}
      url: \${{ steps.deploy.outputs.url }}
    steps: [ run: ./deploy.sh ]
`;

test('a dynamic matrix comes out of the output of a job', () => {
  const needs = (matrix: string) => ({ plan: { result: 'success', outputs: { matrix } } }) as const;
  const expansion = expandIn(DYNAMIC, 'each', { needs: needs('{"stage":["dev","prod"]}') });
  expect(expansion).toMatchObject({
    legs: [
      { name: 'each (dev)', environment: 'dev' },
      { name: 'each (prod)', spec: { exclusive: true } },
    ],
  });
  expect(names(expandIn(DYNAMIC, 'each', { needs: needs('{"stage":[]}') }))).toEqual([
    "error: .github/workflows/ci.yml:10:15: matrix of job each: Matrix vector 'stage' does not contain any values",
  ]);
  expect(names(expandIn(DYNAMIC, 'each', { needs: needs('') }))).toEqual([
    'error: .github/workflows/ci.yml:10:15: the expression "fromJSON(needs.plan.outputs.matrix)" failed: fromJSON() was given an empty text',
  ]);
});

test('a group of runners is said to mean nothing', () => {
  const definition = definitionOf(oneJob('runs-on: { group: large, labels: [gpu] }\nsteps: [ run: make ]'));
  expect(definition.differences).toEqual(['job build: runs-on: the group says nothing here (line 4)']);
});
