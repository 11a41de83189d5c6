import { expect, test } from 'vitest';
import { outputOf, runJob, runSteps, startJob } from '../support/workflow-job.ts';

test('steps run one after the other, and their log says what they were', async () => {
  const { result, log, steps } = await runSteps(`
  - run: |
      echo first
      echo second >&2
  - name: Greet \${{ github.actor }}
    env:
      WHO: world
    run: echo "hello $WHO"
`);
  expect(steps).toEqual(['Run echo first: success', 'Greet ada: success']);
  expect(result).toMatchObject({ conclusion: 'success', reason: null, leftovers: [] });
  expect(outputOf(log)).toEqual(['first', 'second', 'hello world']);
  expect(log).toMatch(
    /##\[group\]Run echo "hello \$WHO"\n.*echo "hello \$WHO".*\nshell: \S+bash -e \{0\}\nenv:\n {2}WHO: world\n##\[endgroup\]\n/,
  );
  expect(log.slice(result.steps[1]!.logOffset)).toMatch(/^##\[group\]Run echo "hello/);
});

test('a step that fails fails the job; the rest is skipped, but for what wants to run', async () => {
  const { result, log, steps } = await runSteps(`
  - run: exit 3
  - run: echo never
  - run: echo cleaned
    if: always()
  - run: echo sorry
    if: failure()
  - run: echo no
    if: cancelled()
`);
  expect(result).toMatchObject({ conclusion: 'failure', exit: { status: 3 }, reason: null });
  expect(steps.map((step) => step.split(': ')[1])).toEqual(['failure', 'skipped', 'success', 'success', 'skipped']);
  expect(outputOf(log)).toEqual(['##[error]Process completed with exit code 3.', 'cleaned', 'sorry']);
  expect(result.annotations).toEqual([{ level: 'error', message: 'Process completed with exit code 3.', step: 0 }]);
});

test('a step may fail if it continues on error: outcome and conclusion are told apart', async () => {
  const { result, log } = await runSteps(`
  - id: try
    continue-on-error: \${{ github.event_name == 'push' }}
    run: 'false'
  - run: echo "\${{ steps.try.outcome }} \${{ steps.try.conclusion }} \${{ job.status }}"
`);
  expect(result.conclusion).toBe('success');
  expect(outputOf(log)).toContain('failure success success');
});

test('what a step writes into its files is there for later steps', async () => {
  const { result, log } = await runSteps(`
  - id: first
    run: |
      echo "COLOUR=green" >> "$GITHUB_ENV"
      printf 'TEXT<<END\\ntwo\\nlines\\nEND\\n' >> "$GITHUB_ENV"
      echo "answer=42" >> "$GITHUB_OUTPUT"
      mkdir -p "$RUNNER_TEMP/tools" && echo "$RUNNER_TEMP/tools" >> "$GITHUB_PATH"
      printf '#!/bin/sh\\necho tool\\n' > "$RUNNER_TEMP/tools/my-tool" && chmod +x "$RUNNER_TEMP/tools/my-tool"
      echo "# Summary" >> "$GITHUB_STEP_SUMMARY"
      test -z "$COLOUR"
  - env:
      ANSWER: \${{ steps.first.outputs.answer }}
    run: |
      echo "$COLOUR \${{ env.COLOUR }} $ANSWER"
      echo "$TEXT"
      my-tool
      test -f "$GITHUB_STATE" && test ! -s "$GITHUB_OUTPUT"
      echo "more" >> "$GITHUB_STEP_SUMMARY"
`);
  expect(result).toMatchObject({ conclusion: 'success', summary: '# Summary\nmore\n' });
  expect(outputOf(log)).toEqual(['green green 42', 'two', 'lines', 'tool']);
});

test('a file that says nothing that can be taken fails the step, in words', async () => {
  const cases: [string, RegExp][] = [
    ['echo nonsense >> "$GITHUB_OUTPUT"', /Invalid format 'nonsense'/],
    ['printf "A<<END\\nvalue\\n" >> "$GITHUB_ENV"', /the line 'END' that should end it is missing/],
    ['echo "=x" >> "$GITHUB_ENV"', /there is no name before the =/],
    ['rm "$GITHUB_OUTPUT" && mkfifo "$GITHUB_OUTPUT"', /\$GITHUB_OUTPUT is no file any more/],
    ['head -c 20000000 /dev/zero >> "$GITHUB_OUTPUT"', /takes up to 16 MiB, and this step wrote 20 MiB/],
  ];
  const steps = cases.map(([run]) => `  - run: ${run}\n    if: always()`).join('\n');
  const { result } = await runSteps(steps);
  expect(result.conclusion).toBe('failure');
  const messages = result.annotations!.map(({ message }) => message);
  for (const [index, [, words]] of cases.entries()) expect(messages[index]).toMatch(words);
});

test('the environment is layered: workflow, job, step; and what is GITHUB_ stays as it is', async () => {
  const { log } = await runJob(
    `
on: push
env: { A: workflow, B: workflow, C: workflow, GITHUB_SHA: mine }
jobs:
  build:
    runs-on: ubuntu-latest
    env: { B: job, C: "job of \${{ github.event.who }}" }
    steps:
      - env: { C: step }
        run: echo "$A $B $C $GITHUB_SHA"
      - run: |
          echo "$C $CI $GITHUB_ACTIONS $GITHUB_RUN_ID $GITHUB_REF_NAME $GITHUB_REPOSITORY $RUNNER_OS $RUNNER_ENVIRONMENT"
          echo "NODE_OPTIONS=--bad" >> "$GITHUB_ENV"
          printf '%s=mine\\n' GITHUB_SHA GITHUB_NAME RUNNER_OS >> "$GITHUB_ENV"
      - run: |
          echo "[$NODE_OPTIONS] $GITHUB_SHA $GITHUB_NAME $RUNNER_OS \${{ env.GITHUB_SHA }}"
          test "$PWD" = "$GITHUB_WORKSPACE" && test "$HOME" != "$OLD_HOME" && test -d "$RUNNER_TEMP"
          grep -q '"who": "ada"' "$GITHUB_EVENT_PATH" && echo event
`,
    { event: { who: 'ada' } },
  );
  const output = outputOf(log);
  expect(output[0]).toBe(`workflow job step ${'a'.repeat(40)}`);
  expect(output[1]).toBe('job of ada true true 7 main ada/app Linux self-hosted');
  expect(output).toContain("##[error]Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.");
  expect(output.slice(-2)).toEqual([`[] ${'a'.repeat(40)} mine Linux mine`, 'event']);
});

test('defaults say the shell and the folder of the steps that say none', async () => {
  const { log, result } = await runJob(
    `
on: push
defaults: { run: { shell: sh, working-directory: one } }
jobs:
  build:
    runs-on: ubuntu-latest
    defaults: { run: { working-directory: two } }
    steps:
      - run: basename "$PWD"; basename "$0" .sh >/dev/null
      - run: basename "$PWD"
        working-directory: one
        shell: bash
`,
    { files: { 'one/x': '', 'two/x': '' } },
  );
  expect(result.conclusion).toBe('success');
  expect(outputOf(log)).toEqual(['two', 'one']);
  expect(log).toMatch(/shell: \S+\/sh -e \{0\}\n/);
  expect(log).toMatch(/shell: \S+\/bash --noprofile --norc -e -o pipefail \{0\}\n/);
});

test("every shell runs its script: bash with pipefail, sh, python, node, and one of one's own", async () => {
  const { log, steps } = await runSteps(`
  - run: false | true
    shell: bash
    continue-on-error: true
    id: pipe
  - run: false | true
  - run: print("from python")
    shell: python
  - run: console.log('from node', require('node:path').extname(__filename))
    shell: node
  - run: the script itself
    shell: cat {0}
  - run: echo "x $1"
    shell: bash {0} 'an argument'
  - run: echo \${{ steps.pipe.outcome }}
`);
  expect(outputOf(log).filter((line) => !line.startsWith('##['))).toEqual([
    ...['from python', 'from node .js', 'the script itself', 'x an argument', 'failure'],
  ]);
  expect(steps.filter((step) => !step.endsWith(': success'))).toEqual([]);
});

test('a shell that cannot be had fails the step and says why', async () => {
  const { result } = await runSteps(`
  - run: echo
    shell: cmd
    continue-on-error: true
  - run: echo
    shell: no-such-shell {0}
    continue-on-error: true
  - run: echo
    shell: fish
`);
  expect(result.annotations!.map(({ message }) => message)).toEqual([
    'the shell cmd is there on Windows only; take bash, sh or pwsh',
    'the shell no-such-shell is not installed here, or not on the PATH',
    expect.stringContaining('"fish" is no shell'),
  ]);
  expect(result).toMatchObject({
    conclusion: 'failure',
    reason: expect.stringContaining('Run echo: "fish" is no shell'),
  });
});

test('a step that takes too long is ended, and the steps after it that want to run do', async () => {
  const { result, steps, log } = await runSteps(`
  - run: sleep 60
    timeout-minutes: 0.01
    id: slow
  - run: echo "\${{ steps.slow.outcome }}"
    if: failure()
`);
  expect(steps).toEqual([
    'Run sleep 60: timed_out',
    'Run echo "${{ steps.slow.outcome }}": success'.replace('${{ steps.slow.outcome }}', 'failure'),
  ]);
  expect(result).toMatchObject({
    conclusion: 'failure',
    reason: expect.stringContaining('timed out after 0.01 minutes'),
  });
  expect(outputOf(log)).toContain('failure');
});

test('a job that is cancelled still runs the steps that ask for it', async () => {
  await using job = await startJob(`
steps:
  - run: echo begun; sleep 60
  - run: echo never
  - run: echo "cleaning after \${{ job.status }}"
    if: always()
  - run: echo told
    if: cancelled()
  - run: echo not this
    if: failure()
`);
  await job.says('\nbegun\n');
  job.execution.stop({ conclusion: 'cancelled', reason: 'cancelled: enough' });
  const { result, log, steps } = await job.end;
  expect(result).toMatchObject({ conclusion: 'cancelled', reason: 'cancelled: enough' });
  expect(steps.map((step) => step.split(': ')[1])).toEqual(['cancelled', 'skipped', 'success', 'success', 'skipped']);
  expect(outputOf(log)).toEqual(['begun', 'cleaning after cancelled', 'told']);
});

test('a step that wants to run always is not ended by a cancellation, but by a kill', async () => {
  await using job = await startJob(`
steps:
  - run: echo begun; read -t 60 < <(sleep 60)
    if: always()
    shell: bash
  - run: echo never
    if: always()
`);
  await job.says('\nbegun\n');
  job.execution.stop({ conclusion: 'cancelled', reason: 'cancelled: enough' });
  job.execution.kill({ conclusion: 'cancelled', reason: 'cancelled: at once' });
  const { result, steps } = await job.end;
  expect(result).toMatchObject({ conclusion: 'cancelled', reason: 'cancelled: enough' });
  expect(steps.map((step) => step.split(': ').at(-1))).toEqual(['cancelled', 'skipped']);
});

test('steps after a cancellation have their time, and not more', async () => {
  await using job = await startJob(
    `
steps:
  - run: echo begun; sleep 60
  - run: echo cleaning; sleep 60
    if: always()
`,
    { limits: { lastStepsMs: 300, graceMs: 100 } },
  );
  await job.says('\nbegun\n');
  job.execution.stop({ conclusion: 'cancelled', reason: 'cancelled: enough' });
  const { result, log } = await job.end;
  expect(result.conclusion).toBe('cancelled');
  expect(outputOf(log)).toContain('cleaning');
});

test('a process is asked by SIGINT first, by SIGTERM then, and is killed in the end', async () => {
  await using job = await startJob(
    `
steps:
  - run: |
      trap 'echo got INT' INT
      trap 'echo got TERM' TERM
      echo begun
      while true; do sleep 0.02 || true; done
`,
    { limits: { graceMs: 600 } },
  );
  await job.says('\nbegun\n');
  job.execution.stop({ conclusion: 'cancelled', reason: 'cancelled: enough' });
  const { log } = await job.end;
  expect(outputOf(log).filter((line) => line.startsWith('got'))).toEqual(['got INT', 'got TERM']);
});

test('outputs of the job are evaluated at its end; one that holds a secret is left out', async () => {
  const { result } = await runJob(
    `
outputs:
  answer: \${{ steps.a.outputs.answer }}
  none: \${{ steps.b.outputs.nothing }}
  leak: prefix \${{ steps.a.outputs.leak }}
steps:
  - id: a
    run: |
      echo "answer=42" >> "$GITHUB_OUTPUT"
      echo "leak=$SECRET" >> "$GITHUB_OUTPUT"
    env:
      SECRET: \${{ secrets.TOKEN }}
`,
    { secrets: { TOKEN: 'hunter2!' } },
  );
  expect(result.outputs).toEqual({ answer: '42' });
  expect(result.annotations).toEqual([
    { level: 'warning', message: "Skip output 'leak' since it may contain secret." },
  ]);
});

test('an expression that cannot be evaluated fails its step with its place, not the runner', async () => {
  const { result, steps } = await runSteps(`
  - run: echo \${{ fromJSON('no json') }}
  - run: echo after
    if: fromJSON('{') == 1 || always()
`);
  expect(result.conclusion).toBe('failure');
  expect(steps.map((step) => step.split(': ').at(-1))).toEqual(['failure', 'failure']);
  expect(result.annotations![0]!.message).toMatch(/^\.github\/workflows\/ci\.yml:\d+:\d+: the expression/);
});

test('a text whose expressions cannot be evaluated is shown as it was written', async () => {
  const { result, steps } = await runSteps(`
  - name: Build \${{ fromJSON('{') }} on \${{ github.ref }}
    run: echo "\${{ fromJSON('[') }}" and more
`);
  expect(steps[0]).toContain("Build ${{ fromJSON('{') }} on ${{ github.ref }}");
  expect(result.annotations![0]!.message).toContain(`the expression "echo "\${{ fromJSON('[') }}" and more" failed`);
});
