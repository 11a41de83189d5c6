import type { CommitObject } from '../git/object-reader.ts';
import { isNoCommit, NO_COMMIT } from '../model/push.ts';
import type { Json } from '../model/workflow.ts';

type Payload = { readonly [key: string]: Json };

/** What is known of a repository beyond its name. */
export interface PayloadRepository {
  readonly id: number;
  /** `owner/name`. */
  readonly name: string;
  readonly sources: readonly string[];
  /** Full ref. */
  readonly defaultBranch: string | undefined;
}

/** One commit as if it had been pushed by itself. */
export interface PayloadPush {
  readonly ref: string;
  /** Where the ref was; all zeros for a new one. */
  readonly before: string;
  readonly isForced: boolean;
  readonly commit: CommitObject;
}

/** A repository as GitHub's payloads show it, as far as it is known here. */
export function repositoryPayload({ id, name, sources, defaultBranch = '' }: PayloadRepository): Payload {
  const slash = name.lastIndexOf('/');
  const owner = name.slice(0, Math.max(slash, 0));
  const page = pageOf(sources);
  const branch = shortName(defaultBranch);
  return {
    ...{ id, name: name.slice(slash + 1), full_name: name, fork: false },
    owner: { name: owner, login: owner },
    ...(branch === '' ? {} : { default_branch: branch, master_branch: branch }),
    ...(page === undefined ? {} : { html_url: page, clone_url: `${page}.git` }),
  };
}

/** A push in GitHub's shape. Which files each commit touched is left out: nobody reads it, and it would cost. */
export function pushPayload({ ref, before, isForced, commit }: PayloadPush, repository: PayloadRepository): Payload {
  const pusher = personOf(commit.committer);
  const page = pageOf(repository.sources);
  const head = commitPayload(commit, page);
  const isNew = isNoCommit(before);
  const compare = isNew ? `commit/${commit.sha}` : `compare/${before}...${commit.sha}`;
  return {
    ...{ ref, before: isNew ? NO_COMMIT : before, after: commit.sha, base_ref: null },
    ...{ created: isNew, deleted: false, forced: isForced, compare: page === undefined ? '' : `${page}/${compare}` },
    repository: repositoryPayload(repository),
    pusher,
    sender: { login: pusher.name, type: 'User' },
    head_commit: head,
    commits: [head],
  };
}

/**
 * What a forge said of a push, made to speak of one of its commits: what it is, who sent it and everything else stays.
 * With several commits each is treated as if it had been pushed by itself.
 */
export function asPushOf(sent: Payload, own: Payload): Payload {
  const { ref = null, before = null, after = null, created = null, forced = null } = own;
  const isWhole = sent.after === after && sent.before === before;
  if (isWhole) return sent;
  const { head_commit = null, commits = null, compare = null } = own;
  return { ...sent, ref, before, after, created, deleted: false, forced, head_commit, commits, compare };
}

/** `Ada <ada@example.org>` in its parts. */
export function personOf(person: string): { readonly name: string; readonly email: string } {
  const [, name = person, email = ''] = /^(.*?)\s*<([^>]*)>$/.exec(person) ?? [];
  return { name, email };
}

/** `main` of `refs/heads/main`. */
export function shortName(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags)\//, '');
}

function commitPayload(commit: CommitObject, page: string | undefined): Payload {
  return {
    ...{ id: commit.sha, tree_id: commit.tree, distinct: true, message: commit.message },
    timestamp: commit.committedAt.toISOString(),
    url: page === undefined ? '' : `${page}/commit/${commit.sha}`,
    author: personOf(commit.author),
    committer: personOf(commit.committer),
  };
}

/** Where people look at the repository, if one of its sources is a forge. */
function pageOf(sources: readonly string[]): string | undefined {
  const source = sources.find((one) => /^https:\/\//.test(one) && URL.canParse(one));
  if (source === undefined) return undefined;
  const { origin, pathname } = new URL(source);
  return `${origin}${pathname.replace(/\/+$/, '').replace(/\.git$/, '')}`;
}
