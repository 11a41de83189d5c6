import { expect, test } from 'vitest';
import { outputOf, runSteps, startJob } from '../support/workflow-job.ts';

test('what commands say is done, and the log shows it as GitHub does', async () => {
  const { result, log } = await runSteps(
    `
  - id: say
    run: |
      echo "::group::My title"
      echo "inside"
      echo "::endgroup::"
      echo "::error file=src/a.ts,line=3,col=5,title=Wrong::it is%0Awrong"
      echo "  ::warning file=$GITHUB_WORKSPACE/src/b.ts::odd"
      echo "::notice::by the way" >&2
      echo "::debug::hidden"
      echo "::set-output name=old::still works"
      echo "::unknown::stays"
      printf "no ::error::command\\n"
  - run: echo "\${{ steps.say.outputs.old }}"
`,
    { files: { 'src/a.ts': '', 'src/b.ts': '' } },
  );
  expect(result.conclusion).toBe('success');
  expect(outputOf(log)).toEqual([
    ...['##[group]My title', 'inside', '##[endgroup]', '##[error]it is', 'wrong', '##[warning]odd'],
    ...['##[notice]by the way', expect.stringContaining('##[warning]The `set-output` command is deprecated')],
    ...['::unknown::stays', 'no ::error::command', 'still works'],
  ]);
  expect(result.annotations!.slice(0, 3)).toEqual([
    { level: 'error', message: 'it is\nwrong', title: 'Wrong', file: 'src/a.ts', line: 3, column: 5, step: 0 },
    { level: 'warning', message: 'odd', file: 'src/b.ts', step: 0 },
    { level: 'notice', message: 'by the way', step: 0 },
  ]);
});

test('an annotation names files as in the repository, by whichever name a step knows its folder', async () => {
  const { result, log } = await runSteps(`
  - run: |
      echo "::error title=$PWD/a.ts::$GITHUB_WORKSPACE/a.ts:3 and file://$(pwd -P)/b.ts, not /tmp/c.ts"
`);
  expect(result.annotations).toEqual([
    { level: 'error', title: 'a.ts', message: 'a.ts:3 and b.ts, not /tmp/c.ts', step: 0 },
  ]);
  expect(outputOf(log)[0]).toMatch(/^##\[error\]\/.+\/a\.ts:3 and /);
});

test('commands can be stopped for a while, and echoed', async () => {
  const { result, log } = await runSteps(`
  - run: |
      echo "::stop-commands::my-token"
      echo "::error::not one"
      echo "::my-token::"
      echo "::warning::one"
      echo "::echo::on"
      echo "::set-output name=x::y"
      echo "::add-mask::masked"
      echo "::echo::off"
      echo "masked"
  - run: echo "::error::a step begins anew"
`);
  expect(result.annotations!.map(({ level }) => level)).toEqual(['warning', 'warning', 'error']);
  expect(outputOf(log)).toEqual([
    ...['::stop-commands::my-token', '::error::not one', '::my-token::', '##[warning]one', '::set-output name=x::y'],
    ...[expect.stringContaining('deprecated'), '::add-mask::***', '::echo::off', '***', '##[error]a step begins anew'],
  ]);
});

test('a command may not change the environment, unless the workflow asks for it', async () => {
  const { result, log } = await runSteps(`
  - run: echo "::set-env name=A::1"
    continue-on-error: true
  - run: echo "::add-path::/nowhere"
    continue-on-error: true
  - run: echo "[$A]"
  - run: echo "::set-env name=A::1"
    env: { ACTIONS_ALLOW_UNSECURE_COMMANDS: true }
  - run: echo "[$A]"
`);
  expect(result.conclusion).toBe('success');
  expect(outputOf(log)).toEqual(expect.arrayContaining(['[]', '[1]']));
  expect(log).toContain("##[error]Unable to process command '::set-env name=A::1' successfully.\n");
  expect(log).toContain('##[error]The `add-path` command is disabled. Please upgrade to using Environment Files');
});

test('debug lines are shown if a secret or a variable asks for them', async () => {
  const { log } = await runSteps('  - run: echo "::debug::seen"; echo "$RUNNER_DEBUG ${{ runner.debug }}"', {
    secrets: { ACTIONS_STEP_DEBUG: 'true' },
  });
  expect(outputOf(log)).toEqual(['##[debug]seen', '1 1']);
});

test('no secret is in the log, the results or the names, however it is printed', async () => {
  const secret = 'p@ss "word" & co';
  const { result, log } = await runSteps(
    `
  - name: Use \${{ secrets.TOKEN }}
    env: { TOKEN: "\${{ secrets.TOKEN }}", KEY: "\${{ secrets.KEY }}" }
    run: |
      echo "plain $TOKEN"
      printf 'p@ss "wo'; sleep 0.1; printf 'rd" & co\\n'
      printf '%s' "user:$TOKEN" | base64
      echo "$KEY" | tail -1
      echo "::add-mask::invented"
      echo "it was invented"
      echo "::error::with $TOKEN"
      echo "summary $TOKEN" >> "$GITHUB_STEP_SUMMARY"
      echo "bad $TOKEN" >> "$GITHUB_OUTPUT"
`,
    { secrets: { TOKEN: secret, KEY: 'BEGIN KEY\nabcdefgh\nlastlines\n' } },
  );
  const all = log + JSON.stringify(result);
  for (const part of [secret, 'word', 'abcdefgh', 'lastlines', 'invented\n', 'cEBzcyAid29yZCIgJiBjb'])
    expect(all).not.toContain(part);
  expect(result.steps[0]!.name).toBe('Use ***');
  expect(result).toMatchObject({ summary: 'summary ***\n', conclusion: 'failure' });
  expect(outputOf(log)).toEqual(expect.arrayContaining(['plain ***', 'it was ***', '##[error]with ***']));
});

test('what a step prints can be seen before its line is complete', async () => {
  await using job = await startJob(`steps:\n  - run: printf 'Continue? '; sleep 60`);
  await job.says('\nContinue? ');
});

test('problem matchers make annotations of what tools print, in later steps too', async () => {
  const matcher = {
    problemMatcher: [
      {
        owner: 'x',
        pattern: [{ regexp: '^(.+):(\\d+): (error|warning): (.*)$', file: 1, line: 2, severity: 3, message: 4 }],
      },
    ],
  };
  const { result, log } = await runSteps(
    `
  - run: echo "::add-matcher::.github/x.json"
  - run: |
      echo "src/a.c:3: error: missing ;"
      echo "nowhere.c:4: warning: odd"
      echo "fine"
  - run: |
      echo "::remove-matcher owner=x::"
      echo "src/a.c:3: error: not any more"
  - run: echo "::add-matcher::nothing.json"
`,
    { files: { '.github/x.json': JSON.stringify(matcher), 'src/a.c': '' } },
  );
  expect(result.annotations!.slice(0, 2)).toEqual([
    { level: 'error', message: 'missing ;', file: 'src/a.c', line: 3, step: 1 },
    { level: 'warning', message: 'odd', line: 4, step: 1 },
  ]);
  expect(outputOf(log).slice(0, 4)).toEqual([
    ...['##[error]src/a.c:3: error: missing ;', '##[warning]nowhere.c:4: warning: odd', 'fine'],
    'src/a.c:3: error: not any more',
  ]);
  expect(result.conclusion).toBe('failure'); // a matcher that is not there
});

test('a step that prints without end is bounded, and so are its annotations', async () => {
  const { result } = await runSteps(
    `
  - run: yes "::error::too much" | head -n 20000
  - run: head -c 3000000 /dev/zero | tr '\\0' 'x'
`,
    { logLimitBytes: 200_000 },
  );
  expect(result.conclusion).toBe('success');
  expect(result.annotations!.length).toBeLessThanOrEqual(10);
  expect(result.logBytes).toBeLessThan(250_000);
  expect(result.logBytesDropped).toBeGreaterThan(2_800_000);
});
