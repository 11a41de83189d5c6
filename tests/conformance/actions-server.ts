import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRepository, type TestRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';

const SERVER = join(import.meta.dirname, 'server');

/** A server of actions, as a folder with repositories `owner/name` that have the tag `v1`. */
export interface ActionsServer extends AsyncDisposable {
  /** Writes a `signalbox.yml` with it, what else is to be said under `actions`, and other settings; its path. */
  config(more?: Readonly<Record<string, unknown>>, settings?: Readonly<Record<string, unknown>>): Promise<string>;
  /** It cannot be reached any more. */
  goAway(): Promise<void>;
  /** It can be reached again, if it went away. */
  comeBack(): Promise<void>;
  /** The commit of `acme/hello` that its tag is at. */
  readonly shaOfHello: string;
}

/** Stands for the commit of `acme/hello` in files of cases with steps: each server has another. */
export const SHA_OF_HELLO = '0123456789012345678901234567890123456789';

/** Makes the repositories of the folder `server`. */
export async function actionsServer(): Promise<ActionsServer> {
  const dir = await tempDir('signalbox-actions-');
  const root = join(dir.path, 'server');
  let shaOfHello = '';
  for (const owner of await readdir(SERVER))
    for (const name of (await readdir(join(SERVER, owner))).sort()) {
      await using repository = await createRepository();
      await cp(join(SERVER, owner, name), repository.path, { recursive: true });
      if (name === 'parent') await addSubmodule(repository, join(root, owner, 'hello'));
      const sha = await repository.commit('the action');
      if (name === 'hello') shaOfHello = sha;
      await repository.git('tag', 'v1');
      await mkdir(join(root, owner), { recursive: true });
      await repository.git('clone', '-q', '--bare', repository.path, join(root, owner, name));
    }
  let count = 0;
  const config = async (more = {}, settings = {}) => {
    const path = join(dir.path, `signalbox-${count++}.yml`);
    await writeFile(path, JSON.stringify({ ...settings, actions: { server: `file://${root}`, ...more } }));
    return path;
  };
  const elsewhere = join(dir.path, 'away');
  const goAway = () => rename(root, elsewhere);
  const comeBack = async () => (existsSync(elsewhere) ? rename(elsewhere, root) : undefined);
  return { config, goAway, comeBack, shaOfHello, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

/** With an address that is relative to its own, as forges advise. */
async function addSubmodule(repository: TestRepository, other: string): Promise<void> {
  await repository.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', other, 'vendor/hello');
  await repository.git('config', '--file', '.gitmodules', 'submodule.vendor/hello.url', '../hello');
}
