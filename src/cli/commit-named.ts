import { runGit } from '../git/git.ts';

/** Is it a name that only git knows: `HEAD`, `@`, `HEAD~2`, `@{1}`? */
export function isRevision(name: string): boolean {
  return /^(?:HEAD|@)(?:$|[~^@{])/.test(name);
}

/** The commit that git knows by a name, in a folder; undefined outside of a repository, and where there is none. */
export async function commitNamed(name: string, cwd: string): Promise<string | undefined> {
  try {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
    return (await runGit(args, { cwd })).toString('utf8').trim();
  } catch {
    return undefined; // not in a repository, or no such commit
  }
}
