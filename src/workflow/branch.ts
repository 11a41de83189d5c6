import type { Conclusion } from '../model/conclusion.ts';
import { isTested, type UntoldCommit } from '../model/culprit.ts';
import { isPathReason, isRefReason } from './trigger-filters.ts';

/** What a run has to do with the commit of a branch, and with a workflow. */
export interface OfBranch {
  readonly run: number;
  readonly sha: string;
  readonly ref: string;
  /** Path of the file, else the name of the workflow. */
  readonly workflow: string;
  /** The one run of its commit, whatever ref brought it: found tests. */
  readonly isOfCommit: boolean;
  /** Skipped by the policy or the limit, before its files were read: it may concern any workflow. */
  readonly isLeftOut: boolean;
  readonly conclusion: Conclusion | null;
  /** Why it was skipped, in words. */
  readonly reason: string | null;
}

/** The commits of a branch, oldest first, from the first one that is known of, each with its runs. */
export interface Branch<Run extends OfBranch = OfBranch> {
  readonly ref: string;
  readonly commits: readonly { readonly sha: string; readonly runs: readonly Run[] }[];
}

/**
 * Puts runs of pushes (oldest first) to the commits of a branch. What other branches say of a commit counts, since a
 * fast-forward brings commits that were told of there; what a tag made of it does not.
 * @param line the commits of the branch in git, oldest first; empty: it is not known, and the runs of the branch stand
 * for it. Of a ref that is no branch only its own runs count.
 */
export function branchOf<Run extends OfBranch>(
  runs: readonly Run[],
  ref: string,
  line: readonly string[],
): Branch<Run> {
  const ofCommits = new Map<string, Run[]>();
  const isOfAll = isBranch(ref);
  for (const run of runs) {
    if (run.ref !== ref && !(isOfAll && (run.isOfCommit || isBranch(run.ref)))) continue;
    const known = ofCommits.get(run.sha);
    if (known === undefined) ofCommits.set(run.sha, [run]);
    else known.push(run);
  }
  const shas = isOfAll && line.length > 0 ? line : new Set(runs.flatMap((run) => (run.ref === ref ? [run.sha] : [])));
  const commits = [...shas].map((sha) => ({ sha, runs: ofCommits.get(sha) ?? [] }));
  const first = commits.findIndex((commit) => commit.runs.length > 0);
  return { ref, commits: first < 0 ? [] : commits.slice(first) };
}

/**
 * What is known of each commit of a branch for one workflow, oldest first. What its filter of paths let pass by does not
 * concern it, and cannot have broken it; where its filter of branches leaves out this one, nothing does.
 */
export function ofWorkflow<Run extends OfBranch>(branch: Branch<Run>, workflow: string): (Run | UntoldCommit)[] {
  const { ref, commits } = branch;
  const isOwn = (run: OfBranch) => run.ref === ref && !run.isLeftOut && run.workflow === workflow;
  const newest = commits.findLast(({ runs }) => runs.some(isOwn))?.runs.find(isOwn);
  if (isFor(newest, isRefReason)) return [];
  return commits.flatMap(({ sha, runs }): (Run | UntoldCommit)[] => {
    if (runs.length === 0) return [{ run: null, sha, conclusion: 'skipped' }];
    const chosen = chosenOf(
      runs.filter((run) => run.isLeftOut || run.workflow === workflow),
      ref,
    );
    return chosen === undefined || isFor(chosen, isPathReason) ? [] : [chosen];
  });
}

/**
 * Is the verdict of each workflow the same whatever older runs say? `runs` are the newest ones of the repository, oldest
 * first, and `branch` is made of them alone. It is where every commit, from the newest down to one that passed, has a run
 * of its own that speaks for it.
 */
export function isSettled<Run extends OfBranch>(branch: Branch<Run>, runs: readonly Run[]): boolean {
  const cut = runs[0]?.sha; // of this commit, some runs may be older than those at hand
  const newestFirst = branch.commits.toReversed();
  const tells = (workflow: string) => {
    for (const commit of newestFirst) {
      const own = commit.sha === cut ? undefined : ownOf(commit.runs, branch.ref, workflow);
      if (own?.conclusion === 'success') return true;
      if (own === undefined || (own.conclusion !== null && !isTested(own))) return false;
    }
    return false;
  };
  const workflows = workflowsOf(branch);
  return workflows.size > 0 && [...workflows].every(tells);
}

/**
 * The same of a branch of which every run of each of its commits is at hand, while older commits may be missing.
 * @param from id of the oldest of the newest runs, of whose commits it is made.
 */
export function isSettledByCommits<Run extends OfBranch>(branch: Branch<Run>, from: number): boolean {
  const { ref, commits } = branch;
  const newestFirst = commits.toReversed();
  const isOwn = (run: OfBranch) => run.ref === ref;
  const tells = (workflow: string) => {
    // else an older commit would say whether the branch is left out by the workflow
    if (!commits.some(({ runs }) => runs.some((run) => isOwn(run) && !run.isLeftOut && run.workflow === workflow)))
      return false;
    for (const { runs } of newestFirst) {
      // where git does not say in which order commits are, the first run of each does
      if (runs.some((run) => isOwn(run) && run.run < from)) return false;
      const concerned = runs.filter((run) => run.isLeftOut || run.workflow === workflow);
      if (chosenOf(concerned, ref)?.conclusion === 'success') return true;
    }
    return false;
  };
  const workflows = workflowsOf(branch);
  return workflows.size > 0 && [...workflows].every(tells);
}

/** The run that speaks for a commit whatever other runs it has. */
function ownOf<Run extends OfBranch>(runs: readonly Run[], ref: string, workflow: string): Run | undefined {
  const concerned = runs.filter((run) => run.isLeftOut || run.workflow === workflow);
  return concerned.findLast((run) => run.ref === ref) ?? concerned.findLast((run) => run.isOfCommit);
}

/** The workflows of the newest commit whose files were read: one that was removed breaks nothing. */
export function workflowsOf({ ref, commits }: Branch): Set<string> {
  const read = commits.map(({ runs }) => runs.filter((run) => !run.isLeftOut));
  const newest = read.findLast((runs) => runs.length > 0) ?? [];
  const own = newest.filter((run) => run.ref === ref);
  return new Set((own.length > 0 ? own : newest).map(({ workflow }) => workflow));
}

/** The run that speaks for a commit: the branch's own, unless that one says nothing and another's does. */
function chosenOf<Run extends OfBranch>(runs: readonly Run[], ref: string): Run | undefined {
  const own = runs.findLast((run) => run.ref === ref);
  if (own !== undefined && (own.conclusion === null || isTested(own))) return own;
  return runs.findLast(isTested) ?? own ?? runs.at(-1);
}

function isBranch(ref: string): boolean {
  return ref.startsWith('refs/heads/');
}

function isFor(run: OfBranch | undefined, isReason: (reason: string) => boolean): boolean {
  return run?.conclusion === 'skipped' && run.reason !== null && isReason(run.reason);
}
