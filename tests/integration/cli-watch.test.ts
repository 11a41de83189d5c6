import { expect, test } from 'vitest';
import { type Output, Terminal } from '../../src/cli/terminal.ts';
import { Watcher } from '../../src/cli/watch.ts';
import { Api } from '../../src/protocol/api.ts';
import { startWeb } from '../support/web.ts';

test('a commit that gets no run is given up in a pipe, too, while nothing at all happens on the server', async () => {
  await using web = await startWeb();
  const said: string[] = [];
  const into = { write: (text: string) => said.push(text) } as Output;
  const watcher = new Watcher(new Api(`http://127.0.0.1:${web.http.address.port}`, '-'), new Terminal(into, into, {}), {
    json: true,
  });
  const target = { sha: 'c'.repeat(40), appearsWithinMs: 100 };
  await expect(watcher.watch(target)).rejects.toThrow('no run of ccccccccc after 0.1 s; is it pushed');
  expect(said).toEqual([]);
});
