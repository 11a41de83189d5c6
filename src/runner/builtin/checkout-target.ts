import { withoutPassword } from '../../git/source.ts';
import { ActionError } from '../actions/action.ts';
import { type Origin, refsOf } from './checkout-origin.ts';

/** What is checked out. */
export interface Target {
  /** What is fetched: a commit id, or a ref at the remote. */
  readonly wanted: string;
  /** What it is called here: `refs/remotes/origin/main`, `refs/tags/v1`. */
  readonly local: string;
  /** Name of the branch that is made; undefined: HEAD is detached. */
  readonly branch?: string;
}

const SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;
/** Where a commit without a name is kept. */
const NAMELESS = 'refs/remotes/origin/checkout';

/**
 * Finds what a `ref` means: '' is the default branch; a name is a branch before it is a tag, as in GitHub's own action.
 * @throws {ActionError} if there is none. @throws {GitError} if the repository cannot be asked.
 */
export async function targetOf(ref: string, origin: Origin, name: string): Promise<Target> {
  if (SHA.test(ref)) return { wanted: ref.toLowerCase(), local: NAMELESS };
  const short = ref.replace(/^refs\/(?:heads|tags)\//, '');
  if (ref.startsWith('refs/') && short === ref)
    return { wanted: ref, local: `refs/remotes/${ref.slice('refs/'.length)}` };
  const refs = await refsOf(origin, short === '' ? '*' : short);
  const branchName = short || refs.head;
  const branch = ref.startsWith('refs/tags/') ? undefined : refs.branches.get(branchName ?? '');
  if (branch !== undefined && branchName !== undefined)
    return { wanted: branch.ref, local: `refs/remotes/origin/${branchName}`, branch: branchName };
  const tag = ref.startsWith('refs/heads/') ? undefined : refs.tags.get(short);
  if (tag !== undefined) return { wanted: tag.ref, local: `refs/tags/${short}` };
  const where = withoutPassword(origin.transport.where);
  throw new ActionError(
    ref === '' ? `${name} has no default branch at ${where}` : `${name} has no branch and no tag ${ref} at ${where}`,
  );
}

/** The refs that a whole history has, as refspecs. @throws {GitError} */
export async function allRefspecs(origin: Origin): Promise<readonly string[]> {
  const { branches, tags } = await refsOf(origin, '*');
  const spaces = new Set(
    [...branches.values(), ...tags.values()].map(({ ref }) => ref.replace(/(?:heads|tags)\/.*$/, '')),
  );
  return [...spaces].flatMap((space) => [`+${space}heads/*:refs/remotes/origin/*`, `+${space}tags/*:refs/tags/*`]);
}
