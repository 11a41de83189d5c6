import { expect, test } from 'vitest';
import { runsSchema } from '../../src/protocol/api-schema.ts';
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
      - uses: actions/checkout@v4
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

test('a workflow is started by hand, cancelled, and tried again where it failed', async () => {
  await using signalbox = await startSignalbox();
  await using repository = await createRepository({
    '.github/workflows/hand.yml': `name: By hand
on: { workflow_dispatch: { inputs: { level: { type: number, default: 1 } } } }
jobs:
  first: { runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
  second:
    runs-on: ubuntu-latest
    steps:
      - run: test "\${{ inputs.level }}" = 2 && test "\${{ github.run_attempt }}" = 2
  last: { runs-on: ubuntu-latest, needs: second, steps: [{ run: 'true' }] }`,
  });
  const cli = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await signalbox.cli(...args);
    return { exitCode, said: stdout + stderr };
  };
  expect((await cli('add', repository.path)).exitCode).toBe(0);
  const where = ['--repository', 'local/app'];
  expect(await cli('dispatch', 'none.yml', ...where)).toMatchObject({
    exitCode: 3,
    said: expect.stringMatching(/no workflow none.yml/),
  });
  expect((await cli('dispatch', 'hand.yml', ...where, '--input', 'level=2')).said).toContain('local/app#1 is started');
  expect((await cli('watch', 'local/app#1')).exitCode).toBe(1);
  expect(await cli('rerun', 'local/app#1', '--failed')).toEqual({
    exitCode: 0,
    said: 'local/app#1, attempt 2: 2 jobs run again: second, last\n  1 job kept: first\n',
  });
  expect((await cli('watch', 'local/app#1')).exitCode).toBe(0);
  expect(await cli('rerun', 'local/app#1', '--failed')).toMatchObject({
    exitCode: 3,
    said: expect.stringMatching(/no job of run 1 failed/),
  });
  expect(await cli('cancel', 'local/app#1')).toMatchObject({
    exitCode: 3,
    said: expect.stringMatching(/over already, with success/),
  });
});
