import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { buildStoreChild, startStoreChild } from '../support/start-store-child.ts';
import { tempDir } from '../support/temp.ts';

test('whatever was acknowledged before a kill -9 is there after it, and nothing is half done', async () => {
  await using dir = await tempDir('signalbox-kill-');
  const script = await buildStoreChild(dir.path);
  const path = join(dir.path, 'signalbox.db');
  const acknowledged: string[] = [];
  for (const round of [1, 2, 3, 4]) {
    const child = startStoreChild(script, [path, 'local/app', String(round * 1_000_000)]);
    await child.said(17 * round + 20);
    child.process.kill('SIGKILL');
    await child.ended;
    acknowledged.push(...child.lines);
  }
  const store = await openStore({ path });
  try {
    for (const line of new Set(acknowledged)) {
      const [what, id, execution] = line.split(' ');
      if (what === 'run') expect(await store.run(Number(id)), line).toBeDefined();
      if (what === 'claimed') expect((await store.job(Number(id)))?.execution, line).toBe(Number(execution));
      if (what === 'finished') expect((await store.job(Number(id)))?.conclusion, line).toBe('success');
    }
    expect(acknowledged.filter((line) => line.startsWith('finished')).length).toBeGreaterThan(20);
    const numbers: number[] = [];
    for (let before: number | undefined; ; ) {
      const page = await store.runs(before === undefined ? {} : { before });
      if (page.length === 0) break;
      numbers.push(...page.map((run) => run.number));
      before = page.at(-1)?.id;
    }
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, n) => numbers.length - n));
  } finally {
    await store.close();
  }
});
