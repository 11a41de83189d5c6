import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ExecutionResult } from '../../src/protocol/execution-result.ts';
import type { LeaseMessage } from '../../src/protocol/from-dispatcher.ts';
import { LogWriter } from '../../src/runner/log-writer.ts';
import { Spool } from '../../src/runner/spool.ts';
import type { SpoolEntry } from '../../src/runner/spool-entry.ts';
import { openBelow } from '../support/open-files.ts';
import { tempDir } from '../support/temp.ts';

function leaseOf(job: number): LeaseMessage {
  const spec = { found: '', checkout: false, steps: [], env: {}, envPass: [], exclusive: false };
  return {
    type: 'lease',
    job,
    execution: 1,
    leaseMs: 1,
    run: { id: 1, number: 1, attempt: 1, event: 'push', ref: 'x' },
    repository: { id: 1, name: 'local/app' },
    sha: 'a'.repeat(40),
    tree: null,
    spec: { ...spec, timeoutMs: 1, logLimitBytes: 1 },
    git: { objects: [], path: '/git/1', ticket: 'secret' },
  };
}

function resultOf(job: number, logBytes: number): ExecutionResult {
  const none = { reason: null, exit: null, startedAt: null, logBytesDropped: 0, steps: [], leftovers: [] };
  return { job, execution: 1, conclusion: 'success', completedAt: 1, logBytes, ...none };
}

/** An execution that has printed `text` and ended. */
async function finish(spool: Spool, job: number, text: string): Promise<SpoolEntry> {
  const entry = spool.create(leaseOf(job));
  const log = new LogWriter({ fd: entry.logFd });
  log.output(Buffer.from(text));
  entry.writeResult(resultOf(job, log.bytes), log.crc);
  await entry.settleResult();
  return entry;
}

async function logOf(found: ReturnType<Spool['start']>[number]): Promise<string> {
  const buffer = Buffer.alloc(found.log.bytes);
  await found.log.read(0, buffer);
  found.close();
  return buffer.toString();
}

test('the next life finds what was finished, with its log, and nothing of what was not', async () => {
  await using dir = await tempDir();
  const spool = new Spool(dir.path);
  expect(spool.start()).toEqual([]);
  await spool.prepare(1);
  spool.release(await finish(spool, 1, 'a long log of an earlier execution'));
  const second = await finish(spool, 2, 'short');
  const third = spool.create(leaseOf(3));
  for (const entry of [second, third]) entry.close();

  const found = new Spool(dir.path).start();
  expect(found.map(({ key, result }) => ({ key, result }))).toEqual([
    { key: { job: 2, execution: 1 }, result: resultOf(2, 5) },
  ]);
  expect(await logOf(found[0]!)).toBe('short');
  expect(readdirSync(dir.path)).toEqual(['2-1']);
  found[0]!.remove();
  expect(readdirSync(dir.path)).toEqual([]);
});

test('a result of an earlier life that was handed over leaves no file, and none open', async () => {
  await using dir = await tempDir();
  const spool = new Spool(dir.path);
  spool.start();
  (await finish(spool, 1, 'said')).close();
  const [found] = new Spool(dir.path).start();
  expect(await openBelow(dir.path)).toBe(1);
  found?.remove();
  expect(await openBelow(dir.path)).toBe(0);
  expect(readdirSync(dir.path)).toEqual([]);
});

test('a folder that serves again holds nothing of the execution before', async () => {
  await using dir = await tempDir();
  const spool = new Spool(dir.path);
  spool.start();
  spool.release(await finish(spool, 1, 'secret of the first'));
  const entry = spool.create(leaseOf(2));
  expect(readdirSync(dir.path)).toEqual(['2-1']);
  expect(readFileSync(join(entry.folder, 'log'), 'utf8').length).toBeLessThan(2);
  expect(JSON.parse(readFileSync(join(entry.folder, 'lease.json'), 'utf8'))).toMatchObject({
    job: 2,
    git: { ticket: '' },
  });
  entry.close();
  expect(new Spool(dir.path).start()).toEqual([]);
});

test('no secret of a workflow is written down with the lease', async () => {
  await using dir = await tempDir();
  const spool = new Spool(dir.path);
  spool.start();
  const none = { github: {}, inputs: {}, matrix: {}, strategy: {}, needs: {}, vars: {} };
  const entry = spool.create({ ...leaseOf(1), contexts: { ...none, secrets: { TOKEN: 'hunter2' } } });
  expect(readFileSync(join(entry.folder, 'lease.json'), 'utf8')).not.toContain('hunter2');
  entry.close();
});

test('half a result is none', async () => {
  await using dir = await tempDir();
  const spool = new Spool(dir.path);
  spool.start();
  const entry = await finish(spool, 1, 'text');
  entry.close();
  const path = join(entry.folder, 'result.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace('success', 'failure'));
  expect(new Spool(dir.path).start()).toEqual([]);
});

test('a log that does not fit its result after a power cut is not sent for it', async () => {
  await using dir = await tempDir();
  const spool = new Spool(dir.path);
  spool.start();
  const entry = await finish(spool, 1, 'what it printed');
  entry.close();
  writeFileSync(join(entry.folder, 'log'), 'of another job!');
  const [found] = new Spool(dir.path).start();
  expect(found?.result).toEqual(resultOf(1, 15));
  expect(found?.log.bytes).toBe(0);
  found?.close();
});
