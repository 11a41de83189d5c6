import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { programArgs, runCommand, startServer, testEnv } from '../support/program.ts';
import { createRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const run = promisify(execFile);

/** A small file system of its own; undefined where none may be mounted. */
async function smallDisk(megabytes: number) {
  const dir = await tempDir('signalbox-disk-');
  const path = join(dir.path, 'disk');
  await mkdir(path);
  const isMounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path]).then(
    () => true,
    () => false,
  );
  const end = async () => {
    if (isMounted) await run('umount', ['-l', path]);
    await dir[Symbol.asyncDispose]();
  };
  const ballast = join(path, 'ballast');
  return {
    path,
    isMounted,
    /** Writes so many megabytes, or until nothing more fits. */
    fill: (megabytes = 100_000) =>
      run('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=64k', `count=${megabytes * 16}`]).catch(() => {}),
    free: () => rm(ballast),
    [Symbol.asyncDispose]: end,
  };
}

test('on a full disk webhooks are refused and nothing is lost; with room again all goes on by itself', async ({
  skip,
}) => {
  await using disk = await smallDisk(700);
  if (!disk.isMounted) skip('no file system may be mounted here');
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\n' });
  const program = await programArgs();
  const env = testEnv(join(disk.path, 'home'));
  const ports = ['--http', '127.0.0.1:0', '--dispatcher', '127.0.0.1:0', '--runners', '1', '--poll', '1'];
  const up = await startServer(program, ['up', '--no-sample', ...ports], env);
  try {
    const ask = async (path: string, init: RequestInit = {}) => (await fetch(`${up.url}${path}`, init)).status;
    const shas = async () => {
      const { runs } = (await (await fetch(`${up.url}/api/runs?conclusion=success`)).json()) as {
        runs: { sha: string }[];
      };
      return runs.map(({ sha }) => sha).reverse();
    };
    expect((await runCommand(program, ['install-hook', repository.path], env)).exitCode).toBe(0);
    const first = await repository.commit('before');
    await waitFor('the first verdict', async () => (await shas()).includes(first));

    await disk.fill(300);
    await waitFor('/readyz to be red where runners begin nothing', async () => (await ask('/readyz')) === 503);
    expect(await (await fetch(`${up.url}/readyz`)).text()).toContain('no job starts below 500 MB');
    await up.line(/a runner has too little room on its disk/);
    const waited = await repository.commit('below the floor');
    const queue = async () => {
      const { jobs } = (await (await fetch(`${up.url}/api/queue`)).json()) as { jobs: { waiting_for: string }[] };
      return jobs.map((job) => job.waiting_for);
    };
    await waitFor('the job to wait', async () => (await queue()).length === 1);
    expect((await queue())[0]).toMatch(
      /^the disk of local-1 is nearly full; it has \d+ MB free of the 500 MB that it keeps free: make room on the disk of .*, and the job starts by itself$/,
    );
    await disk.free();
    await waitFor('/readyz to be green', async () => (await ask('/readyz')) === 200);
    await waitFor('the job that waited to be over by itself', async () => (await shas()).includes(waited));

    await disk.fill();
    await waitFor('/readyz to be red', async () => (await ask('/readyz')) === 503);
    expect(await ask('/healthz')).toBe(200);
    const second = await repository.commit('while it is full');
    await up.line(/a delivery could not be journaled/);
    expect(await shas()).toEqual([first, waited]);

    await disk.free();
    await waitFor('/readyz to be green', async () => (await ask('/readyz')) === 200);
    await waitFor('the verdict of what came meanwhile', async () => (await shas()).includes(second));
    expect(await shas()).toEqual([first, waited, second]);
  } finally {
    up.kill('SIGTERM');
    expect(await up.exited).toMatchObject({ code: 0 });
  }
});
