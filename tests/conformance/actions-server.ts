import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRepository, type TestRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';

const SERVER = join(import.meta.dirname, 'server');

/** A server of actions, as a folder with repositories `owner/name` that have the tag `v1`. */
export interface ActionsServer extends AsyncDisposable {
  /** Writes a `signalbox.yml` with it, what else is to be said under `actions`, and other settings; its path. */
  config(more?: Readonly<Record<string, unknown>>, settings?: Readonly<Record<string, unknown>>): Promise<string>;
}

/** Makes the repositories of the folder `server`. */
export async function actionsServer(): Promise<ActionsServer> {
  const dir = await tempDir('signalbox-actions-');
  for (const owner of await readdir(SERVER))
    for (const name of (await readdir(join(SERVER, owner))).sort()) {
      await using repository = await createRepository();
      await cp(join(SERVER, owner, name), repository.path, { recursive: true });
      if (name === 'parent') await addSubmodule(repository, join(dir.path, owner, 'hello'));
      await repository.commit('the action');
      await repository.git('tag', 'v1');
      await mkdir(join(dir.path, owner), { recursive: true });
      await repository.git('clone', '-q', '--bare', repository.path, join(dir.path, owner, name));
    }
  let count = 0;
  const config = async (more = {}, settings = {}) => {
    const path = join(dir.path, `signalbox-${count++}.yml`);
    await writeFile(path, JSON.stringify({ ...settings, actions: { server: `file://${dir.path}`, ...more } }));
    return path;
  };
  return { config, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

/** With an address that is relative to its own, as forges advise. */
async function addSubmodule(repository: TestRepository, other: string): Promise<void> {
  await repository.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', other, 'vendor/hello');
  await repository.git('config', '--file', '.gitmodules', 'submodule.vendor/hello.url', '../hello');
}
