import { expect, test } from 'vitest';
import { runsSchema } from '../../src/cli/api-schema.ts';
import { createRepository } from '../support/repository.ts';
import { startSignalbox } from '../support/signalbox.ts';

test('a commit with workflow files gets the verdict that they say', async () => {
  await using signalbox = await startSignalbox({ runners: 2 });
  await using repository = await createRepository({
    '.github/workflows/ci.yml': `name: CI
run-name: \${{ github.actor }} changed \${{ github.ref_name }}
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    strategy: { matrix: { level: [low, high] } }
    outputs:
      said: \${{ steps.say.outputs.said }}
    steps:
      - run: test -f README.md
      - id: say
        run: echo "said=\${{ matrix.level }}" >> "$GITHUB_OUTPUT"
        env: { LEVEL: '\${{ matrix.level }}' }
  report:
    needs: test
    runs-on: ubuntu-latest
    steps:
      - name: Say what came
        run: |
          echo "got \${{ needs.test.outputs.said }} from \${{ needs.test.result }}"
          test "\${{ github.event.head_commit.message }}" = tested`,
    '.github/workflows/docs.yml':
      "on: { push: { paths: ['docs/**'] } }\njobs: { a: { runs-on: x, steps: [{ run: 'false' }] } }",
    'README.md': 'hello',
  });
  expect((await signalbox.cli('install-hook', repository.path)).exitCode).toBe(0);
  const sha = await repository.commit('tested', { 'README.md': 'hello again' });
  const watched = await signalbox.cli('watch', '--sha', sha);
  expect(watched.exitCode).toBe(0);
  const api = await signalbox.api();
  const { runs } = await api.get(`/api/runs?sha=${sha}`, runsSchema);
  expect(runs.map(({ workflow, conclusion }) => `${workflow} ${conclusion}`).sort()).toEqual([
    '.github/workflows/docs.yml skipped',
    'CI success',
  ]);
  const run = runs.find(({ workflow }) => workflow === 'CI');
  expect(run?.title).toBe('Ada changed main');
  const shown = await signalbox.cli('show', String(run?.id));
  expect(shown.stdout).toContain('test (low)');
  expect(shown.stdout).toContain('Say what came');
  const logs = await signalbox.cli('logs', String(run?.id), '--job', 'report');
  expect(logs.stdout).toMatch(/got (?:low|high) from success/);
});
