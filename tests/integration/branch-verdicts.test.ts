import { expect, test } from 'vitest';
import { findBreakage } from '../../src/model/culprit.ts';
import { commitsBefore, readVerdict } from '../../src/web/verdicts.ts';
import { CI_SH, Ci, type WatchedRepository } from '../support/ci.ts';
import type { FakeRunner } from '../support/fake-runner.ts';

const WORKFLOW = {
  '.github/workflows/ci.yml': 'name: CI\non: push\njobs: { build: { runs-on: ubuntu-latest, steps: [{ run: make }] } }',
};

type Lease = Awaited<ReturnType<FakeRunner['lease']>>;

/** A repository whose branches a test moves, with their verdicts as the page tells them. */
async function open(ci: Ci, runner: FakeRunner, files: Readonly<Record<string, string>>) {
  const repository = await ci.repository(files);
  let main: string | null = null;
  const source = {
    store: ci.store,
    operations: {
      lineOf: (id: number, sha: string) => ci.dispatcher.lineOf(id, sha),
      defaultBranchOf: () => main,
    },
  };
  const tips = new Map<string, string>();
  return {
    repository,
    /** Says which branch git calls the default. */
    setDefault: (ref: string) => {
      main = `refs/heads/${ref}`;
    },
    /** Makes commits after what is checked out, with the verdicts `g` or `b`, and tells of them as of this branch. */
    async commits(ref: string, verdicts: string) {
      const shas: string[] = [];
      for (const letter of verdicts)
        shas.push(await repository.commit(`${letter} on ${ref}`, { n: `${ref} ${shas.length}` }));
      await move(ci, repository, tips, ref, shas);
      for (const _ of shas) {
        const lease = await runner.lease();
        const isGood = verdicts[shas.indexOf(lease.sha)] === 'g';
        await ci.completed(await finish(runner, lease, isGood ? 'success' : 'failure'));
      }
      return shas;
    },
    /** Moves a branch to a commit that is there. */
    fastForward: (ref: string, sha: string) => move(ci, repository, tips, ref, [sha]),
    verdict: async (ref?: string) => {
      const verdict = await readVerdict(source, repository.record, ref === undefined ? undefined : `refs/heads/${ref}`);
      return verdict && `${verdict.ref.slice(11)} ${verdict.state} ${verdict.since.sha}`;
    },
    since: async (run: number | undefined) => {
      const found = findBreakage(await commitsBefore(source, (await ci.show(run)).run));
      return (
        found && { sha: found.since.sha, lastGood: found.lastGood?.sha, untested: found.untested.map(({ sha }) => sha) }
      );
    },
    [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose](),
  };
}

async function finish(runner: FakeRunner, lease: Lease, conclusion: 'success' | 'failure'): Promise<number> {
  await runner.finished(lease, { conclusion });
  return lease.run.id;
}

async function move(
  ci: Ci,
  repository: WatchedRepository,
  tips: Map<string, string>,
  branch: string,
  shas: readonly string[],
) {
  const ref = `refs/heads/${branch}`;
  const before = tips.get(ref);
  tips.set(ref, shas.at(-1) ?? '');
  return ci.dispatch(repository.record, shas, { ref, ...(before === undefined ? {} : { before }) });
}

test('after a fast-forward the culprit is the commit that failed on the branch where it was told of', async () => {
  await using ci = await Ci.start();
  const runner = await ci.runner();
  await using branch = await open(ci, runner, WORKFLOW);
  const [good] = await branch.commits('main', 'g');
  const [bad, tip = ''] = await branch.commits('topic', 'bb');
  const [run] = await branch.fastForward('main', tip);
  await ci.completed(await finish(runner, await runner.lease(), 'failure'));
  expect(await branch.since(run)).toEqual({ sha: bad, lastGood: good, untested: [] });
  expect(await branch.verdict()).toBe(`main broken ${bad}`);
  expect(await branch.verdict('topic')).toBe(`topic broken ${bad}`);
});

test('found tests are run once for a commit, and every branch has the verdict of its tip', async () => {
  await using ci = await Ci.start();
  const runner = await ci.runner();
  await using branch = await open(ci, runner, CI_SH);
  const [good] = await branch.commits('main', 'g');
  const [bad = '', fixed = ''] = await branch.commits('topic', 'bg');
  expect(await branch.verdict()).toBe(`main green ${good}`);
  await branch.fastForward('main', bad);
  await ci.happened('ref.moved');
  expect(await branch.verdict()).toBe(`main broken ${bad}`);
  expect(await branch.verdict('topic')).toBe(`topic green ${fixed}`);
  await branch.fastForward('main', fixed);
  expect(await branch.verdict()).toBe(`main green ${fixed}`);
});

test('the main branch is the one that git calls the default, where that has a run', async () => {
  await using ci = await Ci.start();
  const runner = await ci.runner();
  await using branch = await open(ci, runner, CI_SH);
  const [good] = await branch.commits('main', 'g');
  const [bad] = await branch.commits('develop', 'b');
  expect(await branch.verdict()).toBe(`main green ${good}`);
  branch.setDefault('develop');
  expect(await branch.verdict()).toBe(`develop broken ${bad}`);
  branch.setDefault('next'); // nothing is known of it
  expect(await branch.verdict()).toBe(`main green ${good}`);
});

test('a source of the repository that is late moves no branch back', async () => {
  await using ci = await Ci.start();
  const runner = await ci.runner();
  await using branch = await open(ci, runner, CI_SH);
  const [first = '', , third] = await branch.commits('main', 'gbb');
  await ci.dispatch(branch.repository.record, [first], { before: '0'.repeat(40) });
  expect(await ci.store.branchTips(branch.repository.record.id)).toEqual([{ ref: 'refs/heads/main', sha: third }]);
  await ci.dispatch(branch.repository.record, [], { before: third ?? '', after: '0'.repeat(40), commits: [] });
  expect(await ci.store.branchTips(branch.repository.record.id)).toEqual([]);
});

test('what a merge brought is not the culprit, but the merge', async () => {
  await using ci = await Ci.start();
  const runner = await ci.runner();
  await using branch = await open(ci, runner, WORKFLOW);
  const { repository } = branch;
  const [base = ''] = await branch.commits('main', 'g');
  await branch.commits('topic', 'b');
  await repository.git('checkout', '-q', '-b', 'aside', base);
  const [good] = await branch.commits('main', 'g');
  await repository.git('merge', '-q', '--no-ff', '-X', 'ours', '-m', 'merge', 'main');
  const merge = await repository.git('rev-parse', 'HEAD');
  const [run] = await branch.fastForward('main', merge);
  await ci.completed(await finish(runner, await runner.lease(), 'failure'));
  expect(await branch.since(run)).toEqual({ sha: merge, lastGood: good, untested: [] });
});
