import type { Api } from '../protocol/api.ts';
import type { ApiRepository } from '../protocol/api-schema.ts';
import { type RemovedRepository, removedRepositoryAnswer } from '../protocol/repository-answers.ts';
import { oneLine } from './harmless.ts';

/** Watches a repository no more; what is set for it alone goes with it. */
export function stopWatching(api: Api, { id }: ApiRepository): Promise<RemovedRepository> {
  return api.delete(`/api/repositories/${id}`, removedRepositoryAnswer);
}

/** "local/app is not watched any more; its runs are kept; 2 secrets and 1 variable of it were deleted". */
export function removedWords({ removed, deleted }: RemovedRepository): string {
  const said = `${oneLine(removed)} is not watched any more; its runs are kept`;
  const parts = [
    ...counted(deleted.secrets, 'secret'),
    ...counted(deleted.variables, 'variable'),
    ...(deleted.credential ? ['1 token or key'] : []),
  ];
  if (parts.length === 0) return said;
  const isOne = parts.length === 1 && parts[0]?.startsWith('1 ');
  const all = parts.join(', ').replace(/, ([^,]*)$/, ' and $1');
  return `${said}; ${all} of it ${isOne ? 'was' : 'were'} deleted`;
}

function counted(n: number, what: string): readonly string[] {
  return n === 0 ? [] : [`${n} ${what}${n === 1 ? '' : 's'}`];
}
