import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';

const SERVER = join(import.meta.dirname, 'server');

/** A server of actions, as a folder with repositories `owner/name` that have the tag `v1`; `config` is a `signalbox.yml` with it. */
export async function actionsServer(): Promise<AsyncDisposable & { readonly config: string }> {
  const dir = await tempDir('signalbox-actions-');
  for (const owner of await readdir(SERVER))
    for (const name of await readdir(join(SERVER, owner))) {
      await using repository = await createRepository();
      await cp(join(SERVER, owner, name), repository.path, { recursive: true });
      await repository.commit('the action');
      await repository.git('tag', 'v1');
      await mkdir(join(dir.path, owner), { recursive: true });
      await repository.git('clone', '-q', '--bare', repository.path, join(dir.path, owner, name));
    }
  const config = join(dir.path, 'signalbox.yml');
  await writeFile(config, `actions: { server: "file://${dir.path}" }\n`);
  return { config, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}
