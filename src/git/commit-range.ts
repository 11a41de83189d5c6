import { type Commit, isNoCommit, SHA_PATTERN } from '../model/push.ts';
import { type CommitObject, parseCommit } from './commit-object.ts';
import { CommitNotFoundError, type GitOptions, runGit } from './git.ts';

/** Which commits are asked for. */
export interface CommitRange {
  readonly gitDir: string;
  /** Object folders to read from beside the repository's own. */
  readonly objects?: readonly string[];
  /** Tip: where the ref is. */
  readonly after: string;
  /** Where the ref was; null, or all zeros, for a new one. It counts as known. */
  readonly before: string | null;
  /** What was dispatched before: nothing that is reachable from there is new. Those that are gone are ignored. */
  readonly known: readonly string[];
  /** Most commits to give in `commits`, the newest ones; at least 1. */
  readonly limit: number;
}

/** The new commits of a push. */
export interface NewCommits {
  /** Oldest first, parents before children; the last one is the tip, which is there even if it is known. */
  readonly commits: readonly Commit[];
  /** How many there are in all. */
  readonly total: number;
  /** Those beyond the limit, older than `commits`, oldest first; at most 10 000 (the newest of them). */
  readonly overflow: readonly Commit[];
}

const MAX_OVERFLOW = 10_000;
const MAX_LIST_BYTES = 512 * 1024 * 1024;

/**
 * Commits that are reachable from `after` and from nothing that is known.
 * @throws {CommitNotFoundError} if `after` is not there.
 */
export async function newCommits(range: CommitRange): Promise<NewCommits> {
  const limit = Math.max(1, range.limit);
  const most = limit + MAX_OVERFLOW;
  const newestFirst = await list(range, most);
  if (newestFirst.length === 0) return { commits: [await tipOf(range)], total: 1, overflow: [] };
  const total = newestFirst.length < most ? newestFirst.length : await count(range);
  return {
    commits: newestFirst.slice(0, limit).reverse(),
    total,
    overflow: newestFirst.slice(limit).reverse(),
  };
}

async function list(range: CommitRange, most: number): Promise<Commit[]> {
  const output = await revList(range, ['--topo-order', '--header', `--max-count=${most}`]);
  const commits: Commit[] = [];
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(0, at);
    const record = output.subarray(at, end < 0 ? output.length : end);
    commits.push(commitOf(record));
    at += record.length + 1;
  }
  return commits;
}

async function count(range: CommitRange): Promise<number> {
  return Number((await revList(range, ['--count'])).toString('latin1'));
}

/** The tip alone, when nothing is new: a branch made at a commit that was tested before. */
async function tipOf(range: CommitRange): Promise<Commit> {
  const { after, gitDir } = range;
  const output = await runGit(['cat-file', '--batch'], { ...where(range), input: `${after}\n` });
  const end = output.indexOf(10);
  if (output.subarray(0, end).toString('latin1').split(' ')[1] !== 'commit')
    throw new CommitNotFoundError(after, gitDir);
  return withoutObject(parseCommit(after, output.subarray(end + 1, -1)));
}

/** The commits are named on stdin: thousands of refs do not fit on a command line, and none is taken for an option. */
function revList(range: CommitRange, options: readonly string[]): Promise<Buffer> {
  const { after, before, known, gitDir } = range;
  if (!SHA_PATTERN.test(after) || isNoCommit(after)) return Promise.reject(new CommitNotFoundError(after, gitDir));
  const old = [...known, ...(before === null ? [] : [before])].filter(
    (sha) => SHA_PATTERN.test(sha) && !isNoCommit(sha),
  );
  const input = [after, ...old.map((sha) => `^${sha}`), ''].join('\n');
  const args = ['rev-list', ...options, '--ignore-missing', '--stdin'];
  return runGit(args, { ...where(range), input, timeoutMs: 120_000, maxBytes: MAX_LIST_BYTES });
}

function where({ gitDir, objects }: CommitRange): GitOptions {
  return objects === undefined ? { gitDir } : { gitDir, objects };
}

function commitOf(record: Buffer): Commit {
  const end = record.indexOf(10);
  return withoutObject(parseCommit(record.toString('latin1', 0, end), record.subarray(end + 1)));
}

/** Ten thousand of these may be kept and sent: only what is needed. */
function withoutObject({ sha, title, author, committedAt }: CommitObject): Commit {
  return { sha, title, author, committedAt };
}
