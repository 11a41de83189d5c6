import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Workspace } from '../../src/git/workspace.ts';
import { IdleProcesses } from '../../src/runner/idle-processes.ts';
import { Runner } from '../../src/runner/runner.ts';
import { Trash } from '../../src/runner/trash.ts';
import { Workspaces } from '../../src/runner/workspaces.ts';
import { deferred } from '../../src/support/deferred.ts';
import { FakeDispatcher, type FakeDispatcherOptions, shell } from '../support/fake-dispatcher.ts';
import { openGate } from '../support/gate.ts';
import { type RunnerWishes, runnerOptions, startRunner } from '../support/runner.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

/** A runner whose disk has as much room as the test says. */
async function startOnDisk(freeBytes: number, dispatching: FakeDispatcherOptions = {}, wishes: RunnerWishes = {}) {
  const disk = { freeBytes };
  const one = await startRunner({
    freeBytes: () => disk.freeBytes,
    limits: { diskFloorBytes: 500e6 },
    dispatching: { heedsDisk: true, heartbeatMs: 100, ...dispatching },
    ...wishes,
  });
  return { ...one, disk };
}

test('a runner without room on its disk says so in its hello, and that it has some once it does', async () => {
  await using one = await startOnDisk(312e6);
  const { dispatcher, disk, home } = one;
  const { runner } = await dispatcher.received('hello');
  expect(runner).toMatchObject({ lowDisk: { folder: home, freeBytes: 312e6, floorBytes: 500e6 } });
  disk.freeBytes = 600e6;
  const heartbeat = await dispatcher.received('heartbeat', ({ lowDisk }) => lowDisk === undefined);
  expect(heartbeat.executions).toEqual([]);
  expect((await dispatcher.run()).result.conclusion).toBe('success');
});

test('a job that finds no room is given back before it has begun, after the dispatcher was told why', async () => {
  await using one = await startOnDisk(600e6, { heartbeatMs: 60_000 });
  const { dispatcher, disk } = one;
  disk.freeBytes = 100e6;
  const key = dispatcher.lease();
  await dispatcher.received('returned', ({ job }) => job === key.job);
  const said = dispatcher.heard.map(({ type }) => type);
  expect(said.slice(said.lastIndexOf('heartbeat'))).toEqual(['heartbeat', 'returned']);
  expect(dispatcher.heard.findLast(({ type }) => type === 'heartbeat')).toMatchObject({
    lowDisk: { freeBytes: 100e6 },
  });
  expect(dispatcher.logBytes(key)).toBe(0);
});

test('a runner that had too little room takes jobs again when there is a tenth more than it keeps free', async () => {
  await using one = await startOnDisk(499e6);
  const { dispatcher, disk } = one;
  disk.freeBytes = 549e6;
  await dispatcher.received('heartbeat', ({ lowDisk }) => lowDisk?.freeBytes === 549e6 && lowDisk.floorBytes === 550e6);
  disk.freeBytes = 550e6;
  await dispatcher.received('heartbeat', ({ lowDisk }) => lowDisk === undefined);
  disk.freeBytes = 500e6; // no less than it keeps free
  expect((await dispatcher.run()).result.conclusion).toBe('success');
});

test('a job that finds no room while the dispatcher is gone is given back when it is there again', async () => {
  await using dir = await tempDir();
  await using dispatcher = await FakeDispatcher.start({ heedsDisk: true, heartbeatMs: 60_000 });
  await using gate = await openGate();
  const back = deferred<void>();
  let [isCut, looks] = [false, 0];
  await using runner = new Runner(
    runnerOptions(dispatcher, dir.path, {
      dispatcher: async () => {
        if (isCut) await back.promise;
        return dispatcher.address;
      },
      freeBytes: () => {
        if (isCut) looks++;
        return isCut ? 100e6 : 600e6;
      },
      limits: { diskFloorBytes: 500e6 },
    }),
  );
  await runner.start();
  await dispatcher.received('hello');
  const first = dispatcher.lease({ spec: { steps: [shell(gate.shell)] } });
  await gate.entered();
  const second = dispatcher.lease(); // waits for the slot
  dispatcher.say({ type: 'drain' });
  await dispatcher.received('draining'); // so it has that lease
  dispatcher.say({ type: 'resume' });
  await dispatcher.received('taking');
  isCut = true;
  dispatcher.disconnect();
  gate.open();
  await waitFor('the second job to find no room, before and after some was made', () => looks >= 2);
  expect(dispatcher.heard.some(({ type }) => type === 'returned')).toBe(false);
  back.resolve();
  await dispatcher.received('returned', ({ job }) => job === second.job);
  expect(await dispatcher.result(first)).toMatchObject({ conclusion: 'success' });
  const hello = dispatcher.heard.findLast(({ type }) => type === 'hello');
  expect(hello).toMatchObject({ runner: { lowDisk: { freeBytes: 100e6 } } });
  expect(dispatcher.logBytes(second)).toBe(0);
});

test('a runner that is to run once waits for another job if it had no room for the first', async () => {
  await using one = await startOnDisk(600e6, { heartbeatMs: 50 }, { once: true });
  const { dispatcher, disk, runner } = one;
  disk.freeBytes = 100e6;
  const key = dispatcher.lease();
  await dispatcher.received('returned', ({ job }) => job === key.job);
  disk.freeBytes = 600e6;
  const heard = dispatcher.heard.length;
  await dispatcher.until('room', () =>
    dispatcher.heard.slice(heard).some((message) => message.type === 'heartbeat' && message.lowDisk === undefined),
  );
  expect(dispatcher.heard.some(({ type }) => type === 'draining')).toBe(false);
  expect((await dispatcher.run()).result.conclusion).toBe('success');
  await runner.finished;
});

test('workspaces that can be had again go before a job is given back', async () => {
  await using one = await startOnDisk(600e6, { heartbeatMs: 60_000 }); // no heartbeat looks while the first is cleaned up after
  const { dispatcher, disk, home } = one;
  await dispatcher.run();
  expect(await readdir(join(home, 'workspaces'))).toHaveLength(1);
  disk.freeBytes = 100e6;
  dispatcher.lease();
  await dispatcher.received('returned');
  expect(await readdir(join(home, 'workspaces'))).toEqual([]);
});

test('to a dispatcher that would give it again at once a job without room is an error, in words', async () => {
  await using one = await startRunner({ limits: { diskFloorBytes: 1e15 } });
  const { result, log } = await one.dispatcher.run();
  expect(result).toMatchObject({ conclusion: 'error', startedAt: null, exit: null });
  expect(result.reason).toMatch(
    /^only [\d.]+ GB are free on the disk of \/.+ \(runner one\), and nothing starts below 1000000.0 GB; make room there/,
  );
  expect(log).toContain(result.reason);
});

test('a commit that is gone is an error with words, and the next job is none the worse', async () => {
  await using one = await startRunner();
  const commit = { sha: 'b'.repeat(40), tree: 'c'.repeat(40), objects: ['/nowhere/objects'] };
  const { result } = await one.dispatcher.run({ commit });
  expect(result.conclusion).toBe('error');
  expect(result.reason?.length).toBeGreaterThan(10);
  expect((await one.dispatcher.run()).result.conclusion).toBe('success');
});

test('the least recently used workspaces go when they are too large together', async () => {
  await using dir = await tempDir();
  const processes = new IdleProcesses();
  const trash = new Trash(join(dir.path, 'trash'), processes);
  const folder = join(dir.path, 'workspaces');
  const open = (path: string) => new Workspace({ folder: path });
  const workspaces = new Workspaces({ folder, open, trash, processes });
  trash.start();
  workspaces.start();
  for (const repository of [1, 2, 3]) {
    const key = { repository, slot: 1, trust: 'trusted' };
    const { path } = await workspaces.acquire(key).prepareEmpty();
    const { writeFile } = await import('node:fs/promises');
    await writeFile(join(path, 'big'), Buffer.alloc(300_000, 1));
    if (repository !== 2) workspaces.release(key); // the second is in use
  }
  await workspaces.evict(700_000);
  expect((await readdir(folder)).sort()).toEqual(['2-1-trusted', '3-1-trusted']);
  await trash.empty();
  expect(await readdir(join(dir.path, 'trash'))).toEqual([]);
  await processes.stop();
});

test('what a job left where it must not be written is removed all the same', async () => {
  await using one = await startRunner();
  const steps = [shell('mkdir -p "$HOME/mod/a"; touch "$HOME/mod/a/f"; chmod -R a-w "$HOME/mod"; echo "$HOME"')];
  const { log } = await one.dispatcher.run({ spec: { steps } });
  const home = /\n(\/.*\/home)\n/.exec(log)![1]!;
  expect((await one.dispatcher.run({ spec: { steps: [shell('ls -A "$HOME"')] } })).log).not.toContain('mod');
  expect(existsSync(home)).toBe(true);
});
