import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const ENV = {
  ...process.env,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
};

/** Runs git; its output. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  return (await run('git', args, { cwd, env: ENV, maxBuffer: 1e9 })).stdout.trim();
}

/** Makes a repository with these files, and `fillers` more files of about 1 kB in folders of 30. */
export async function makeRepository(path: string, files: Record<string, string>, fillers = 0): Promise<void> {
  await mkdir(path, { recursive: true });
  await git(path, 'init', '-q', '-b', 'main');
  const all: Record<string, string> = { ...files };
  for (let i = 0; i < fillers; i++) all[`src/part${Math.floor(i / 30)}/file${i}.txt`] = `${i}\n`.repeat(200);
  for (const [name, text] of Object.entries(all)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
    if (text.startsWith('#!')) await chmod(join(path, name), 0o755);
  }
  await git(path, 'add', '-A');
  await git(path, 'commit', '-q', '-m', 'first');
}
