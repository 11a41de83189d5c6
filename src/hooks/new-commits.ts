import { newCommits } from '../git/commit-range.ts';
import { CommitNotFoundError, runGit } from '../git/git.ts';
import type { CommitObject } from '../git/object-reader.ts';
import type { Commit } from '../model/push.ts';
import type { WireCommit } from '../protocol/to-dispatcher.ts';
import type { WireRepository } from '../protocol/wire-repository.ts';
import type { SourceView } from './source-view.ts';
import type { Tips } from './tips.ts';
import type { ToldOf } from './told.ts';

/** What the new commits of a repository are measured against. */
export interface Scope {
  readonly repository: WireRepository;
  readonly view: SourceView;
  readonly tips: Tips;
  readonly told: ToldOf;
  /**
   * Is it a branch that was pushed, and not a tag or a HEAD? Workflows are for branches or for tags, and which of the two
   * refs of one push is looked at first is chance: commits that a branch has are told by that branch, and what others told
   * counts for others alone.
   */
  readonly isBranch: boolean;
}

/**
 * The commits that became reachable with `after` and were not dispatched before, oldest first; the last one is `after`
 * itself, always. Those beyond the repository's policy and limit say in `skip` why they are not tested.
 * @param tip where the ref was. @throws {CommitNotFoundError} if `after` is not there.
 */
export async function commitsUpTo(scope: Scope, after: string, tip: string | undefined): Promise<WireCommit[]> {
  const { reader } = await scope.view.objects();
  const commit = await reader.commit(after);
  if (scope.told.has(after) || (await isNext(scope, commit, tip))) return [wireCommit(commit)];
  const known = knownTips(scope);
  const all = await rangeOf(scope, after, known);
  const commits =
    !scope.isBranch && all.length > 1 ? await rangeOf(scope, after, [...known, ...(await heads(scope))]) : all;
  return commits.filter(({ sha }) => sha === after || !scope.told.has(sha));
}

/** The commits of `before..after` as a delivery names them, whether they were dispatched or not. */
export async function commitsBetween(scope: Scope, before: string, after: string): Promise<WireCommit[]> {
  return rangeOf(scope, after, [before]);
}

/** Is `sha` reachable from what is known, or from `now`? Then it is an old story, or part of a newer one. */
export async function isReachable(scope: Scope, sha: string, now: string | undefined): Promise<boolean> {
  if (scope.told.has(sha)) return true;
  const { gitDir } = await scope.view.objects();
  const from = [...knownTips(scope), ...(now === undefined ? [] : [now])];
  const input = [sha, ...from.map((known) => `^${known}`), ''].join('\n');
  const output = await runGit(['rev-list', '--max-count=1', '--ignore-missing', '--stdin'], { gitDir, input });
  return output.length === 0;
}

/** Which of these are commits that can be read, in their order. */
export async function readable({ view, told }: Scope, shas: readonly string[]): Promise<string[]> {
  const unsure = shas.filter((sha) => !told.has(sha));
  if (unsure.length === 0) return [...shas];
  const { gitDir, reader } = await view.objects();
  if (unsure.length > FEW) return askForMany(gitDir, shas);
  const missing = new Set<string>();
  for (const sha of unsure) {
    await reader.commit(sha).catch((error: unknown) => {
      if (!(error instanceof CommitNotFoundError)) throw error;
      missing.add(sha);
    });
  }
  return shas.filter((sha) => !missing.has(sha));
}

/** As many can be asked one by one: for one that is missing the reader starts a process each. */
const FEW = 2;

/** A commit as it is sent. */
export function wireCommit({ sha, title, author, committedAt }: Commit, skip?: string): WireCommit {
  const commit = { sha, title, author, committedAt: committedAt.getTime() };
  return skip === undefined ? commit : { ...commit, skip };
}

async function askForMany(gitDir: string, shas: readonly string[]): Promise<string[]> {
  const input = shas.map((sha) => `${sha}\n`).join('');
  const output = await runGit(['cat-file', '--batch-check=%(objecttype)'], { gitDir, input });
  const types = output.toString('latin1').split('\n');
  return shas.filter((_, at) => types[at] === 'commit');
}

/**
 * Without a process: all that comes before `commit` is known, since its parents are, or are what the ref's last commit
 * came from (it was amended).
 */
async function isNext(scope: Scope, { parents }: CommitObject, tip: string | undefined): Promise<boolean> {
  if (parents.every((parent) => isKnown(scope, parent))) return true;
  if (tip === undefined) return false;
  const { reader } = await scope.view.objects();
  const replaced = await reader.commit(tip).catch(() => undefined);
  return parents.every((parent) => isKnown(scope, parent) || (replaced?.parents.includes(parent) ?? false));
}

async function heads({ view }: Scope): Promise<string[]> {
  return [...(await view.refs())].flatMap(([ref, sha]) => (ref.startsWith('refs/heads/') ? [sha] : []));
}

function isKnown({ repository, tips, told, isBranch }: Scope, sha: string): boolean {
  return (
    told.has(sha) || tips.includes(repository.id, sha, isBranch) || Object.values(repository.baseline).includes(sha)
  );
}

function knownTips({ repository, tips, isBranch }: Scope): string[] {
  return [...new Set([...tips.all(repository.id, isBranch), ...Object.values(repository.baseline)])];
}

async function rangeOf({ repository, view }: Scope, after: string, known: readonly string[]): Promise<WireCommit[]> {
  const { gitDir } = await view.objects();
  const limit = repository.policy === 'latest' ? 1 : repository.maxCommits;
  const { commits, overflow, total } = await newCommits({ gitDir, after, before: null, known, limit });
  const skip = skipReason(repository, total);
  const unlisted = total - commits.length - overflow.length;
  const oldest = unlisted > 0 ? `${skip}; ${unlisted} older ones are not listed` : skip;
  return [
    ...overflow.map((commit, at) => wireCommit(commit, at === 0 ? oldest : skip)),
    ...commits.map((commit) => wireCommit(commit)),
  ];
}

function skipReason({ policy, maxCommits }: WireRepository, total: number): string {
  if (policy === 'latest') return 'only the newest commit of a push is tested (policy: latest)';
  return `the push has ${total} new commits, of which the newest ${maxCommits} are tested (max_commits)`;
}
