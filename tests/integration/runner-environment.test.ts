import { expect, test } from 'vitest';
import { shell } from '../support/fake-dispatcher.ts';
import { startRunner } from '../support/runner.ts';

const own = {
  PATH: process.env.PATH,
  USER: 'ada',
  LC_ALL: 'C',
  SIGNALBOX_TOKEN: 'tell nobody',
  AWS_KEY: 'nor this',
  FOO: 'foo',
};

test('a job sees what it should of the environment, and nothing of the secrets of the server', async () => {
  await using one = await startRunner({ env: own });
  const { log } = await one.dispatcher.run({
    spec: { steps: [{ ...shell('env'), env: { STEP: 's' } }], env: { JOB: 'j' }, envPass: ['FOO', 'NOT_SET'] },
  });
  for (const line of [
    'CI=true',
    'SIGNALBOX=true',
    'USER=ada',
    'LC_ALL=C',
    'FOO=foo',
    'JOB=j',
    'STEP=s',
    'SIGNALBOX_RUN_NUMBER=7',
    'SIGNALBOX_REF=refs/heads/main',
  ])
    expect(log).toContain(`\n${line}\n`);
  expect(log).not.toMatch(/tell nobody|nor this|NOT_SET/);
});

test('HOME and TMPDIR are empty and writable for every job, whatever the one before left there', async () => {
  await using one = await startRunner({ env: own });
  const look = 'echo "found:$(ls -A "$HOME" "$TMPDIR" | grep -v : | tr -d "\\n")"; [ "$HOME" != "$TMPDIR" ]';
  const leave = 'echo x > "$HOME/.gitconfig"; mkdir -p "$TMPDIR/a/b"; chmod 500 "$TMPDIR/a" "$HOME"';
  for (let round = 0; round < 3; round++) {
    const { result, log } = await one.dispatcher.run({ spec: { steps: [shell(look), shell(leave)] } });
    expect(log).toContain('\nfound:\n');
    expect(result.conclusion).toBe('success');
  }
});

test('what tools download is kept from job to job, and apart for each repository', async () => {
  await using one = await startRunner({ env: own });
  const steps = [
    shell(
      'mkdir -p "$XDG_CACHE_HOME"; ls "$XDG_CACHE_HOME"; echo 1 > "$XDG_CACHE_HOME/kept-file"; echo $npm_config_cache',
    ),
  ];
  await one.dispatcher.run({ spec: { steps } });
  expect((await one.dispatcher.run({ spec: { steps } })).log).toContain('\nkept-file\n');
  expect((await one.dispatcher.run({ spec: { steps }, repository: 2 })).log).not.toContain('\nkept-file\n');
});

test('the workspace holds nothing of an earlier job', async () => {
  await using one = await startRunner({ env: own });
  const steps = [shell('ls -A; echo x > left; mkdir .hidden')];
  await one.dispatcher.run({ spec: { steps } });
  expect((await one.dispatcher.run({ spec: { steps } })).log).not.toMatch(/left\n|\.hidden\n/);
});

test('a job that removes the folder of its runner does not harm those after it', async () => {
  await using one = await startRunner({ env: own });
  await one.dispatcher.run({ spec: { steps: [shell(`rm -rf '${one.home}'`)] } });
  for (let round = 0; round < 2; round++) {
    const { result, log } = await one.dispatcher.run({ spec: { steps: [shell('echo "found:$(ls -A)"; touch left')] } });
    expect(result).toMatchObject({ conclusion: 'success' });
    expect(log).toContain('\nfound:\n');
  }
});
