import { existsSync } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Ci } from '../support/ci.ts';
import { waitFor } from '../support/wait-for.ts';

test('the result of a commit is a text file with verdict, times and log, once its run is completed', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  const sha = await repository.commit('Say hello');
  await ci.push(repository, sha);
  const lease = await runner.lease();
  await runner.log(lease, 0, 'it says hello');
  await runner.finished(lease, { conclusion: 'failure', exit: { status: 3 }, logBytes: 13 });
  const text = await ci.testResults(sha, /verdict: +failure/);
  expect(text).toContain(`commit ${sha}\n`);
  expect(text).toContain('local/app · tests · run 1');
  expect(text).toContain('it says hello\n');
  expect(text).toMatch(/completed: \d{4}-\d\d-\d\dT/);
});

test('a commit of two repositories has a section for each', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  await using clone = await ci.repository();
  const sha = await repository.commit('shared');
  await clone.git('fetch', '-q', repository.path, 'main');
  const runner = await ci.runner({ slots: 2 });
  await ci.push(repository, sha);
  await ci.push(clone, sha);
  for (const conclusion of ['success', 'failure'] as const) await runner.finished(await runner.lease(), { conclusion });
  const text = await ci.testResults(
    sha,
    /verdict: +(?:success[\s\S]*verdict: +failure|failure[\s\S]*verdict: +success)/,
  );
  expect(text.match(/^local\/app\S* · tests/gm)?.sort()).toEqual(['local/app · tests', 'local/app-2 · tests']);
});

test('of a long log the file has the end, and says how much is left out', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  const sha = await repository.commit('loud');
  await ci.push(repository, sha);
  const lease = await runner.lease();
  const bytes = 3 * 1024 * 1024;
  for (let at = 0; at < bytes; at += 262_144) await runner.log(lease, at, Buffer.alloc(262_144, 'x'));
  await runner.log(lease, bytes, 'the end\n');
  await runner.finished(lease, { logBytes: bytes + 8 });
  const text = await ci.testResults(sha, /the end/);
  expect(text).toContain(`[the first ${bytes + 8 - 1024 * 1024} bytes of the log are not shown here]`);
  expect(text.length).toBeLessThan(1024 * 1024 + 2_000);
});

test('results that completed unseen are written at the next start, and no file is written again', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({ 'README.md': 'no tests' });
  const first = await repository.git('rev-parse', 'HEAD');
  await ci.push(repository, first);
  await ci.testResults(first, /skipped/);
  const folder = join(ci.home, 'test_results');
  await rm(join(folder, first));
  await ci.restart();
  const second = await repository.commit('second');
  await ci.push(repository, second);
  await ci.testResults(second, /skipped/);
  await expect(stat(join(folder, first))).rejects.toThrow('ENOENT');
  await writeFile(join(folder, '.cursor'), '0\n');
  await ci.restart();
  await ci.testResults(first, /skipped/);
  expect(Number(await readFile(join(folder, '.cursor'), 'utf8'))).toBeGreaterThan(0);
});

test('while jobs run the files wait for a quiet moment', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner({ slots: 2 });
  const shas = [await repository.commit('first'), await repository.commit('second')];
  for (const sha of shas) await ci.push(repository, sha);
  const leases = [await runner.lease(), await runner.lease()] as const;
  await runner.finished(leases[0], { conclusion: 'success' });
  const path = join(ci.home, 'test_results', leases[0].sha);
  await expect(stat(path)).rejects.toThrow('ENOENT');
  await waitFor('the file of the first commit', () => {
    ci.clock.advance(20);
    return existsSync(path);
  });
  await runner.finished(leases[1], { conclusion: 'failure' });
  await ci.testResults(leases[1].sha, /verdict: +failure/);
});
