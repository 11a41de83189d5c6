import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OutputPipes } from '../../src/runner/output-pipe.ts';
import { tempDir } from '../support/temp.ts';

test('pipes of a life that came to an orderly end are used again, those of another one are removed', async () => {
  await using dir = await tempDir();
  const folder = join(dir.path, 'pipes');
  await new OutputPipes(folder).start(3);
  const next = new OutputPipes(folder);
  await next.start(2, true);
  expect((await readdir(folder)).sort()).toEqual(['0', '1', '2']);
  await next.start(4, true);
  expect((await readdir(folder)).sort()).toEqual(['0', '1', '2', '3']);
  await new OutputPipes(folder).start(1);
  expect(await readdir(folder)).toEqual(['0']);
});
