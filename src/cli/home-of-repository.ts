import { runGit } from '../git/git.ts';

/** `signalbox.home` in the git config of the repository that `folder` is in. */
export async function homeOfRepository(folder: string): Promise<string | undefined> {
  try {
    const home = await runGit(['config', '--local', '--get', 'signalbox.home'], { cwd: folder });
    return home.toString('utf8').replace(/\n$/, '') || undefined;
  } catch {
    return undefined; // not in a repository, or in one that names no home, or there is no git: the default holds
  }
}
