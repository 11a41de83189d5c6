import { changedPaths } from '../../git/changed-paths.ts';
import { Mirrors, type ObjectOwner } from '../../git/mirror.ts';
import { ObjectReader } from '../../git/object-reader.ts';
import type { ApiRunDetail } from '../../protocol/api-schema.ts';
import { messageOf } from '../../support/ci-error.ts';
import type { Logger } from '../../support/logger.ts';
import type { OwnersFinder } from './notify-teller.ts';
import { OWNER_FILES, ownersOf } from './owners.ts';

/** Most paths of a commit whose owners are looked for. */
const PATHS = 1_000;

/**
 * Finds the owners of what a run is about, by CODEOWNERS as it is at the commit since which it is broken (else at its own):
 * those of the files of its failing tests; where no test names a file, of the files that the commit changed. Reads the
 * repository on this machine: a reporter on another one finds nobody, and says so in the log.
 */
export function ownersFinder({ home, logger }: { readonly home: string; readonly logger: Logger }): OwnersFinder {
  const mirrors = new Mirrors({ home, logger });
  return async (run, repository) => {
    if (repository === undefined) return [];
    try {
      return await find(run, mirrors, { id: repository.id, gitDir: repository.git_dir ?? null });
    } catch (error) {
      const facts = { repository: run.repository, run: run.number, error: messageOf(error) };
      logger.warn(facts, 'who owns what failed cannot be told; is the repository on this machine?');
      return [];
    }
  };
}

async function find(run: ApiRunDetail, mirrors: Mirrors, owner: ObjectOwner): Promise<readonly string[]> {
  const [first, ...objects] = mirrors.objectsOf(owner);
  if (first === undefined) throw new Error('there is no copy of it');
  const gitDir = first.replace(/[/\\]objects$/, '');
  await using reader = new ObjectReader({ gitDir, objects, idleMs: 1_000 });
  const commit = await reader.commit(run.broken_since?.sha ?? run.sha);
  const tree = reader.treeReader(commit.tree);
  for (const path of OWNER_FILES) {
    const file = await tree.read(path);
    if (file !== undefined) return ownersOf(file, await pathsOf(run, reader, commit));
  }
  return [];
}

async function pathsOf(
  run: ApiRunDetail,
  reader: ObjectReader,
  { tree, parents }: { readonly tree: string; readonly parents: readonly string[] },
): Promise<readonly string[]> {
  const files = (run.tests?.cases ?? []).flatMap(({ conclusion, file }) =>
    conclusion === 'success' || conclusion === 'skipped' || file === null ? [] : [file.replace(/^\.?\//, '')],
  );
  if (files.length > 0) return [...new Set(files)];
  const before = parents[0] === undefined ? null : (await reader.commit(parents[0])).tree;
  return ((await changedPaths(reader, before, tree)) ?? []).slice(0, PATHS);
}
