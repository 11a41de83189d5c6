import { expect, test } from 'vitest';
import { outputOf, runSteps } from '../support/workflow-job.ts';

test('an environment that no process can have fails a step, in words', async () => {
  const { result, log } = await runSteps(`
  - run: printf 'A=x\\0y\\n' >> "$GITHUB_ENV"
    continue-on-error: true
  - run: echo "[$A]"
  - run: (printf 'A='; head -c 3000000 /dev/zero | tr '\\0' 'x') >> "$GITHUB_ENV"
  - run: echo never
`);
  expect(outputOf(log)).toEqual(expect.arrayContaining([expect.stringContaining("'A' holds a byte that is 0"), '[]']));
  expect(result).toMatchObject({ conclusion: 'failure', reason: expect.stringContaining('are too long') });
});

test('names that mean something to JavaScript are names like any other', async () => {
  const { result, log } = await runSteps(`
  - id: constructor
    run: |
      echo "__proto__=polluted" >> "$GITHUB_OUTPUT"
      echo "constructor=built" >> "$GITHUB_OUTPUT"
      echo "__proto__=x" >> "$GITHUB_ENV"
      echo "toString=y" >> "$GITHUB_ENV"
  - run: echo "\${{ steps.constructor.outputs.__proto__ }} \${{ steps.constructor.outputs.constructor }} \${{ steps.none.outputs.x }}."
`);
  expect(result.conclusion).toBe('success');
  expect(outputOf(log)).toEqual(['polluted built .']);
});

test('an empty script, and one that is larger than an argument may be, are run', async () => {
  const { result, log } = await runSteps(
    `
  - run: \${{ github.nothing }}
  - run: |
      \${{ format('# {0}', join(fromJSON(format('[{0}0]', vars.MANY)), 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')) }}
      echo done
`,
    { contexts: { vars: { MANY: '0,'.repeat(20_000) } } },
  );
  expect(result.conclusion).toBe('success');
  expect(outputOf(log)).toEqual(['done']);
});

test('a step may remove what it was given: its files, its folders, its workspace', async () => {
  const { result, log } = await runSteps(`
  - run: rm -rf "$RUNNER_TEMP"/* "$GITHUB_ENV"
  - run: echo "A=1" >> "$GITHUB_ENV" && echo still here
  - run: echo "$A"; rm -rf "$RUNNER_TEMP"
    continue-on-error: true
  - run: echo "$A"
    continue-on-error: true
  - run: mkdir -p "$RUNNER_TEMP"
    if: always()
  - run: cd / && rm -rf "$GITHUB_WORKSPACE"
`);
  expect(outputOf(log)).toEqual(expect.arrayContaining(['still here', '1']));
  expect(result.conclusion).toBe('success');
});

test('a summary or an output that is too large is told, and the job goes on', async () => {
  const { result } = await runSteps(`
  - run: head -c 2000000 /dev/zero | tr '\\0' 'x' >> "$GITHUB_STEP_SUMMARY"
  - run: echo "# fine" >> "$GITHUB_STEP_SUMMARY"
`);
  expect(result).toMatchObject({ conclusion: 'success', summary: '# fine\n' });
  expect(result.annotations![0]!.message).toMatch(
    /^\$GITHUB_STEP_SUMMARY takes up to 1024 KiB, and this step wrote 1954 KiB/,
  );
});

test('a process that a step leaves behind can be heard, and is ended with the job', async () => {
  const { result, log } = await runSteps(
    `
  - run: (sleep 0.2; echo "::warning::from behind"; sleep 60) & echo started
  - run: sleep 0.6; echo ended
`,
    { limits: { pipeMs: 50 } },
  );
  expect(result).toMatchObject({ conclusion: 'success', leftovers: [expect.stringContaining('sleep')] });
  expect(outputOf(log)).toEqual(expect.arrayContaining(['started', '##[warning]from behind', 'ended']));
});
