import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beginAs } from './repository-seeds.ts';
import { tempDir } from './temp.ts';

const run = promisify(execFile);

/** Nothing of the machine's own git configuration, and authors that are the same everywhere. */
export const GIT_TEST_ENV = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
};

/** A real repository in a folder of its own. */
export interface TestRepository extends AsyncDisposable {
  /** The work tree. */
  readonly path: string;
  /** Runs git in it; the output without the last newline. */
  git(...args: string[]): Promise<string>;
  /** Writes files (executable where they begin with `#!`). */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Writes files, commits everything; the sha. */
  commit(message: string, files?: Readonly<Record<string, string>>): Promise<string>;
}

/** Makes a repository `name` on branch `main` with one commit of `files` (no commit if there are none). */
export async function createRepository(
  files: Readonly<Record<string, string>> = {},
  name = 'app',
): Promise<TestRepository> {
  const dir = await tempDir('signalbox-repo-');
  const path = join(dir.path, name);
  await mkdir(path);
  const git = async (...args: string[]) => {
    const { stdout } = await run('git', args, { cwd: path, env: { ...process.env, ...GIT_TEST_ENV }, maxBuffer: 1e9 });
    return stdout.replace(/\n$/, '');
  };
  const write = async (more: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(more)) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), text);
      if (text.startsWith('#!')) await chmod(join(path, name), 0o755);
    }
  };
  const commit = async (message: string, more: Readonly<Record<string, string>> = {}) => {
    await write(more);
    await git('add', '-A');
    await git('commit', '-q', '--allow-empty', '-m', message);
    return git('rev-parse', 'HEAD');
  };
  const begin = async () => {
    await git('init', '-q', '-b', 'main');
    if (Object.keys(files).length > 0) await commit('first', files);
  };
  await beginAs(JSON.stringify(files), path, begin);
  return { path, git, write, commit, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}
