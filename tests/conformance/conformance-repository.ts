import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRepository, type TestRepository } from '../support/repository.ts';
import { type ConformanceCase, REPOSITORY } from './read-cases.ts';

/** A repository with what cases need, to which the cases themselves are committed. */
export async function conformanceRepository(): Promise<
  TestRepository & { addCases(cases: readonly ConformanceCase[], message?: string): Promise<string> }
> {
  const repository = await createRepository();
  await cp(REPOSITORY, repository.path, { recursive: true });
  await repository.commit('what the cases need');
  const folder = join(repository.path, '.github/workflows');
  const addCases = async (cases: readonly ConformanceCase[], message = 'the cases') => {
    await mkdir(folder, { recursive: true });
    await Promise.all(cases.map(({ name, text }) => writeFile(join(folder, `${name}.yml`), text)));
    return repository.commit(message);
  };
  return { ...repository, addCases, [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose]() };
}
