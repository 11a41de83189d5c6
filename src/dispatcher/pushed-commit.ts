import { isAncestor } from '../git/ancestry.ts';
import { changedPaths } from '../git/changed-paths.ts';
import { CommitNotFoundError } from '../git/git.ts';
import type { CommitObject, ObjectReader } from '../git/object-reader.ts';
import { isNoCommit, NO_COMMIT } from '../model/push.ts';
import type { Json } from '../model/workflow.ts';
import type { PlanEvent } from './plan-workflows.ts';
import { asPushOf, type PayloadRepository, personOf, pushPayload } from './push-payload.ts';

/** One commit of a push: it is treated as if it had been pushed by itself. */
export interface PushedCommit {
  readonly sha: string;
  /** Full ref that it was pushed to. */
  readonly ref: string;
  /** Where the ref was, of the oldest commit of a push; null for the others: at the first parent. */
  readonly before: string | null;
  /** The oldest of the commits that are not tested and for which this one, the newest, stands. */
  readonly since?: string;
  /** What a forge said of the push. */
  readonly payload?: { readonly [key: string]: Json };
}

/** The event of one pushed commit, for the filters and expressions of workflow files. */
export async function pushEvent(
  reader: ObjectReader,
  commit: CommitObject,
  pushed: PushedCommit,
  repository: PayloadRepository,
): Promise<PlanEvent> {
  const { ref } = pushed;
  const [parent = NO_COMMIT] = commit.parents;
  const before = pushed.before ?? parent;
  const isMovedOn = isNoCommit(before) || (await isAncestor(reader, before, commit));
  const own = pushPayload({ ref, before, isForced: !isMovedOn, commit }, repository);
  const payload = pushed.payload === undefined ? own : asPushOf(pushed.payload, own);
  const base = isMovedOn && !isNoCommit(before) ? before : undefined;
  return {
    ...{ name: 'push', ref, sha: commit.sha, payload, message: commit.message, actor: actorOf(payload, commit) },
    changedPaths: () => pathsOf(reader, commit, base ?? (async () => startOf(reader, commit, pushed.since))),
  };
}

/** Login of the sender, else the name of who made the commit. */
function actorOf(payload: { readonly [key: string]: Json }, { committer }: CommitObject): string {
  const sender = payload.sender as { readonly login?: Json } | undefined;
  return typeof sender?.login === 'string' ? sender.login : personOf(committer).name;
}

/** What a new or rewritten line of commits begins at: the first parent of the oldest one that this one stands for. */
async function startOf(reader: ObjectReader, commit: CommitObject, since: string | undefined) {
  const oldest = since === undefined ? commit : await reader.commit(since);
  return oldest.parents[0] ?? null;
}

async function pathsOf(reader: ObjectReader, commit: CommitObject, base: string | (() => Promise<string | null>)) {
  try {
    const sha = typeof base === 'string' ? base : await base();
    const tree = sha === null ? null : (await reader.commit(sha)).tree;
    return await changedPaths(reader, tree, commit.tree);
  } catch (error) {
    if (error instanceof CommitNotFoundError) return undefined; // a shallow clone ends somewhere
    throw error;
  }
}
