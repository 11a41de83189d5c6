import { createHmac, randomUUID } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Gate, openGate } from '../support/gate.ts';
import { createRepository, type TestRepository } from '../support/repository.ts';
import { type Signalbox, startSignalbox } from '../support/signalbox.ts';
import { watch } from '../support/watching.ts';

/** A repository whose test says that it began, and ends when it is let. */
function gatedRepository(gate: Gate): Promise<TestRepository> {
  return createRepository({ 'ci.sh': `#!/bin/sh\necho begun\n${gate.shell}\necho ended\n` });
}

async function commitAndBegin(signalbox: Signalbox, repository: TestRepository, gate: Gate): Promise<string> {
  expect(await signalbox.cli('install-hook', repository.path)).toMatchObject({ exitCode: 0 });
  const sha = await repository.commit('second');
  await gate.entered();
  return sha;
}

test('a runner that is killed costs nothing but time: its job is executed again', async () => {
  await using gate = await openGate();
  await using repository = await gatedRepository(gate);
  await using signalbox = await startSignalbox();
  const sha = await commitAndBegin(signalbox, repository, gate);
  const watching = await watch(signalbox.home, '--sha', sha);
  await watching.said(/local\/app#1/);
  const [pid = 0] = await signalbox.runnerPids();
  process.kill(pid, 'SIGKILL');
  await gate.entered();
  gate.open();
  const run = await signalbox.waitForRun(sha);
  expect(run).toMatchObject({ conclusion: 'success', jobs: [{ executions: 2 }] });
  expect((await signalbox.cli('show')).stdout).toMatch(
    /\n {4}! execution 1: runner \S+ was lost \(.+\); it was executed again\n/,
  );
  expect(await watching.ended).toBe(0);
  expect(watching.output()).toMatch(/! lost {2}local\/app#1 {2}job \S+: runner \S+ was lost in execution 1/);
});

test('when up is killed its runner finishes the job, and the next up has the verdict', async () => {
  await using gate = await openGate();
  await using repository = await gatedRepository(gate);
  await using signalbox = await startSignalbox();
  const sha = await commitAndBegin(signalbox, repository, gate);
  signalbox.up.kill('SIGKILL');
  await signalbox.up.exited;
  gate.open();
  await signalbox.restart();
  const run = await signalbox.waitForRun(sha);
  expect(run).toMatchObject({ conclusion: 'success', jobs: [{ executions: 1 }] });
  expect((await signalbox.cli('logs')).stdout).toMatch(/begun\nended\n/);
});

test('a commit that is made while nothing runs is tested by the next up', async () => {
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\n' });
  await using signalbox = await startSignalbox();
  await signalbox.cli('install-hook', repository.path);
  signalbox.up.kill('SIGKILL');
  await signalbox.up.exited;
  const sha = await repository.commit('made in silence');
  await signalbox.restart();
  expect(await signalbox.waitForRun(sha)).toMatchObject({ conclusion: 'success', number: 1 });
});

/** Posts a push as a forge does; the delivery's id once it was answered with 202. */
async function accepted(signalbox: Signalbox, repository: TestRepository, sha: string): Promise<string> {
  const secret = await readFile(join(repository.path, '.git/signalbox/secret'), 'utf8');
  const push = { ref: 'refs/heads/main', before: '0'.repeat(40), after: sha, repository: { full_name: 'local/app' } };
  const body = JSON.stringify(push);
  const id = randomUUID();
  const headers = {
    'Content-Type': 'application/json',
    'X-GitHub-Event': 'push',
    'X-GitHub-Delivery': id,
    'X-Hub-Signature-256': `sha256=${createHmac('sha256', secret.trim()).update(body).digest('hex')}`,
  };
  expect((await fetch(`${signalbox.url}/webhooks`, { method: 'POST', body, headers })).status).toBe(202);
  return id;
}

test('a delivery that was answered is processed, however soon after it everything is killed', async () => {
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\n' });
  await using signalbox = await startSignalbox();
  await signalbox.cli('install-hook', repository.path);
  for (const round of [1, 2, 3]) {
    const sha = await repository.git('commit-tree', 'HEAD^{tree}', '-m', `on no branch ${round}`); // only the webhook knows
    const id = await accepted(signalbox, repository, sha);
    for (const pid of [signalbox.up.pid, ...(await signalbox.runnerPids())]) process.kill(pid, 'SIGKILL');
    await signalbox.restart();
    expect(await signalbox.waitForRun(sha)).toMatchObject({ conclusion: 'success', number: round });
    expect((await signalbox.cli('deliveries', '--json')).stdout).toContain(id);
  }
});

test('commits are made as ever while up stands still, and are tested in their order when it goes on', async () => {
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\n' });
  await using signalbox = await startSignalbox();
  await signalbox.cli('install-hook', repository.path);
  signalbox.up.kill('SIGSTOP');
  const shas: string[] = [];
  for (const n of [1, 2, 3]) shas.push(await repository.commit(`commit ${n}`));
  signalbox.up.kill('SIGCONT');
  for (const [at, sha] of shas.entries())
    expect(await signalbox.waitForRun(sha)).toMatchObject({ conclusion: 'success', number: at + 1 });
});

test('SIGTERM lets the running job finish, then up ends with exit code 0', async () => {
  await using gate = await openGate();
  await using repository = await gatedRepository(gate);
  await using signalbox = await startSignalbox();
  const sha = await commitAndBegin(signalbox, repository, gate);
  signalbox.up.kill('SIGTERM');
  gate.open();
  expect(await signalbox.up.exited).toEqual({ code: 0, signal: null });
  await access(join(signalbox.home, 'test_results', sha));
  expect((await signalbox.cli('runs')).stdout).toMatch(/^✓ passed {2}local\/\S+#1 /);
});

test('told to end again and again, up does not wait: the job is stopped with all it started', async () => {
  await using gate = await openGate();
  await using repository = await gatedRepository(gate);
  await using signalbox = await startSignalbox();
  const sha = await commitAndBegin(signalbox, repository, gate);
  const impatience = setInterval(() => signalbox.up.kill('SIGINT'), 150);
  const { code } = await signalbox.up.exited;
  clearInterval(impatience);
  expect(code).toBe(3);
  expect(await signalbox.runnerPids()).toEqual([]);
  await signalbox.restart();
  await gate.entered();
  gate.open();
  expect(await signalbox.waitForRun(sha)).toMatchObject({ conclusion: 'success' });
});
