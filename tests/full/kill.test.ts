import { createHmac, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openGate } from '../support/gate.ts';
import { createRepository, type TestRepository } from '../support/repository.ts';
import { type Signalbox, startSignalbox } from '../support/signalbox.ts';

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

test('told to end again and again, up does not wait: the job is stopped with all it started', async () => {
  await using gate = await openGate();
  await using repository = await createRepository({ 'ci.sh': `#!/bin/sh\n${gate.shell}\n` });
  await using signalbox = await startSignalbox();
  await signalbox.cli('install-hook', repository.path);
  const sha = await repository.commit('second');
  await gate.entered();
  const impatience = setInterval(() => signalbox.up.kill('SIGINT'), 2);
  const { code } = await signalbox.up.exited;
  clearInterval(impatience);
  expect(code).toBe(3);
  expect(await signalbox.runnerPids()).toEqual([]);
  await signalbox.restart();
  await gate.entered();
  gate.open();
  expect(await signalbox.waitForRun(sha)).toMatchObject({ conclusion: 'success' });
});
