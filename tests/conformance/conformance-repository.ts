import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRepository, type TestRepository } from '../support/repository.ts';
import { type ConformanceCase, REPOSITORY } from './read-cases.ts';

/** A repository with two commits: what the cases need, and then the cases themselves. */
export async function conformanceRepository(
  cases: readonly ConformanceCase[],
): Promise<TestRepository & { addCases(): Promise<string> }> {
  const repository = await createRepository();
  await cp(REPOSITORY, repository.path, { recursive: true });
  await repository.commit('what the cases need');
  const folder = join(repository.path, '.github/workflows');
  const addCases = async () => {
    await mkdir(folder, { recursive: true });
    await Promise.all(cases.map(({ name, text }) => writeFile(join(folder, `${name}.yml`), text)));
    return repository.commit('the cases');
  };
  return { ...repository, addCases, [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose]() };
}
