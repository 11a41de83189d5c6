import type { RecentRun } from '../../src/store/read-recent.ts';
import type { Store } from '../../src/store/store.ts';
import type { Operations } from '../../src/web/operations.ts';

/** What git would say of the commits of a demo, which are in no repository: worked out from its runs and their times. */
export function demoGit(
  store: () => Store,
): Pick<Operations, 'lineOf' | 'mergesOf' | 'changedFiles' | 'hasHook' | 'schedulesOf' | 'defaultBranchOf'> {
  const branchesOf = async (repository: number) => {
    const byRef = new Map<string, RecentRun[]>();
    for (const run of await store().recentRuns(repository))
      if (run.event === 'push') byRef.set(run.ref, [...(byRef.get(run.ref) ?? []), run]);
    return { main: byRef.get(MAIN) ?? [], byRef };
  };
  return {
    async lineOf(repository, sha) {
      const { main, byRef } = await branchesOf(repository);
      const own = [...byRef.values()].find((runs) => runs.some((run) => run.sha === sha)) ?? [];
      const [first] = own;
      const before =
        own === main || first === undefined ? [] : main.filter(({ createdAt }) => createdAt < first.createdAt);
      const line = [...new Set([...before, ...own].map((run) => run.sha))];
      return line.slice(0, line.lastIndexOf(sha) + 1);
    },
    async mergesOf(repository) {
      const { main, byRef } = await branchesOf(repository);
      const merges = new Map<string, readonly string[]>();
      for (const [ref, runs] of byRef) {
        const tip = MERGED.has(ref) ? runs.at(-1) : undefined;
        const at = tip && main.find(({ createdAt }) => createdAt.getTime() > tip.createdAt.getTime() + MERGE_TAKES_MS);
        if (at !== undefined && tip !== undefined) merges.set(at.sha, [tip.sha]);
      }
      return merges;
    },
    changedFiles: async () => CHANGED,
    hasHook: async (gitDir) => !gitDir.endsWith('notes.git'),
    schedulesOf: () => [],
    defaultBranchOf: () => MAIN,
  };
}

const MAIN = 'refs/heads/main';
/** Branches that were merged. */
const MERGED = new Set(['refs/heads/fix/tax-rounding']);
const MERGE_TAKES_MS = 60 * 60_000;

const CHANGED = [
  '.github/workflows/ci.yml',
  'docs/tax.md',
  'package.json',
  'src/tax/table.test.ts',
  'src/tax/table.ts',
];
