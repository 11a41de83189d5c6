import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { openProcessTable } from '../../src/runner/process-table.ts';

test.runIf(process.platform === 'linux')('of a process that just began its parent tells whose it is', async () => {
  const table = openProcessTable();
  const since = table.mark();
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  const pid = child.pid ?? 0;
  const pids = async (parent: number | undefined) => {
    const isOther = (_: number, asked?: number) => asked !== undefined && asked === parent;
    return (await table.createdSince(since, new Set([pid]), isOther)).map((info) => info.pid);
  };
  expect(await pids(undefined)).toContain(pid);
  expect(await pids(process.pid)).not.toContain(pid);
  child.kill('SIGKILL');
  await once(child, 'exit');
  table.close();
});
