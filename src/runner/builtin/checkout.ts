import { existsSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { GitError, runGit } from '../../git/git.ts';
import { whyNotFetched } from '../../git/not-fetched.ts';
import { withoutPassword } from '../../git/source.ts';
import { CiError } from '../../support/ci-error.ts';
import { ActionError } from '../actions/action.ts';
import { type BuiltinAction, type BuiltinContext, type BuiltinEnd, DONE } from './builtin.ts';
import { checkOut, fetchInto, git, NotFetchedError, tidy } from './checkout-anew.ts';
import { addExtras } from './checkout-extras.ts';
import { nameTheCommit } from './checkout-here.ts';
import { type Origin, originOfCommit, otherOrigin, ownOrigin, refsOf } from './checkout-origin.ts';
import { type Target, targetOf } from './checkout-target.ts';
import { failed, InputError, impossible, wholeNumber, yesOrNo } from './inputs.ts';

/** What one `actions/checkout` asks for. */
interface Wish {
  readonly context: BuiltinContext;
  readonly repository: string;
  readonly isOwn: boolean;
  /** As written; '' for what the job is about. */
  readonly ref: string;
  readonly folder: string;
  readonly depth: number;
  readonly tags: boolean;
  readonly clean: boolean;
}

/**
 * `actions/checkout`. The workspace holds the job's commit before the first step, so the plain form has nothing to do;
 * other repositories, refs and folders are checked out by git.
 */
export const checkout: BuiltinAction = {
  async main(context) {
    try {
      const wish = wishOf(context);
      const isFirst = markFirst(context);
      const isHere = wish.isOwn && wish.folder === context.workspace && meansOwnCommit(wish);
      if (isHere) await checkOutHere(wish);
      else await checkOutThere(wish, isFirst);
      await addExtras(context, wish.folder, wish.repository);
      context.setOutput('ref', wish.ref || (wish.isOwn ? context.order.run.ref : ''));
      context.setOutput('commit', isHere ? context.order.sha : await commitIn(wish.folder));
      return DONE;
    } catch (error) {
      return endOf(error);
    }
  },
};

function endOf(error: unknown): BuiltinEnd {
  if (error instanceof InputError) return failed(error.message);
  if (error instanceof CiError) return impossible(withoutPassword(error.message));
  throw error;
}

function wishOf(context: BuiltinContext): Wish {
  const { inputs, workspace, order, github } = context;
  const own = String(github.repository ?? order.repository.name);
  const repository = inputs.repository || own;
  const isOwn = repository.toLowerCase() === own.toLowerCase(); // whose name is what it is called here, in any letters
  if (!isOwn && !/^[\w.-]+(?:\/[\w.-]+)+$/.test(repository))
    throw new InputError(`the input repository is "${repository}"; it must be owner/name`);
  const folder = resolve(workspace, inputs.path || '.');
  if (relative(workspace, folder).split('/')[0] === '..')
    throw new InputError(`the input path is "${inputs.path}"; it must lead into the workspace`);
  return {
    context,
    repository,
    isOwn,
    ref: inputs.ref ?? '',
    folder,
    depth: wholeNumber(inputs, 'fetch-depth', 1),
    tags: yesOrNo(inputs, 'fetch-tags'),
    clean: yesOrNo(inputs, 'clean', true),
  };
}

/** Is this the first checkout of the job? */
function markFirst({ temp }: BuiltinContext): boolean {
  const marker = join(temp, '.signalbox-checkout');
  const isFirst = !existsSync(marker);
  if (isFirst) writeFileSync(marker, '');
  return isFirst;
}

/** The run's own branch means the run's own commit, although the branch may have moved on: each commit has its run. */
function meansOwnCommit({ ref, context }: Wish): boolean {
  const { sha, run } = context.order;
  return ['', sha, run.ref, run.ref.replace(/^refs\/(?:heads|tags)\//, '')].includes(ref);
}

async function checkOutHere(wish: Wish): Promise<void> {
  const { context, depth, tags, folder, clean } = wish;
  const { sha } = context.order;
  const origin = ownOrigin(context);
  if (!existsSync(join(folder, '.git'))) {
    if (!context.isUntouched) return checkOutThere(wish, false);
    context.log(`[signalbox] the workspace holds ${sha} already`);
    return;
  }
  nameTheCommit(context, origin);
  if (!context.isUntouched) {
    if (clean) await tidy(context, folder);
    const { branch } = ownTarget(context);
    const where = branch === undefined ? ['--detach', sha] : ['-B', branch, sha];
    await git(context, folder, ['checkout', '--quiet', '--force', ...where]);
  }
  const isShort = depth !== 1 && (depth === 0 || existsSync(join(folder, '.git', 'shallow')));
  if (isShort || tags) await fetchInto({ context, folder, origin, depth: depth === 1 ? undefined : depth, tags }, []);
  else context.log(`[signalbox] the workspace is at ${sha} already: nothing to fetch`);
}

async function checkOutThere(wish: Wish, isFirst: boolean): Promise<void> {
  const { context, folder, depth, tags, clean, repository } = wish;
  const isCommit = wish.isOwn && meansOwnCommit(wish);
  const origin = isCommit ? await originOfCommit(context) : originOf(wish);
  const isInPlace = wish.isOwn && folder === context.workspace;
  const hasGit = existsSync(join(folder, '.git'));
  if (isInPlace) nameTheCommit(context, origin);
  else if (isFirst) await emptyWorkspace(context, folder);
  const target = isCommit ? ownTarget(context) : await targetThere(wish, origin);
  const isWhole = isInPlace && hasGit && origin.header === undefined; // it reads the objects of the repository itself
  await checkOut({
    context,
    folder,
    origin,
    target,
    depth: isWhole && depth > 0 ? undefined : depth,
    tags,
    clean: clean && !(isInPlace && context.isUntouched),
  }).catch(async (error: unknown) => {
    throw error instanceof NotFetchedError ? await whyNotThere(wish, origin, target, error) : error;
  });
  context.log(
    `[signalbox] checked out ${repository} ${wish.ref || target.branch || ''} in ${folder}`.replace(/ +/g, ' '),
  );
}

async function targetThere({ isOwn, ref, repository }: Wish, origin: Origin): Promise<Target> {
  try {
    return await targetOf(ref, origin, repository);
  } catch (error) {
    if (isOwn || !(error instanceof GitError)) throw error;
    throw notReached(repository, origin, error);
  }
}

function notReached(repository: string, { transport }: Origin, cause: GitError): ActionError {
  const why = whyNotFetched(transport.where, cause);
  return new ActionError(`the repository ${repository} cannot be fetched from ${why}`, { cause });
}

/** A name was found at the server before it is fetched, a commit id was not: is there a server, and has it none such? */
async function whyNotThere({ isOwn, repository }: Wish, origin: Origin, { wanted }: Target, error: NotFetchedError) {
  try {
    await refsOf(origin, 'none');
  } catch (cause) {
    return isOwn || !(cause instanceof GitError) ? error : notReached(repository, origin, cause);
  }
  if (wanted.startsWith('refs/')) return error;
  const where = withoutPassword(origin.transport.where);
  const help =
    'is it the id of a commit that a branch or a tag there still leads to? a name instead of the id is found';
  return new ActionError(`${repository} at ${where} has no commit ${wanted} to fetch; ${help}`, { cause: error });
}

function originOf({ isOwn, context, repository }: Wish): Origin {
  return isOwn ? ownOrigin(context) : otherOrigin(context, repository);
}

function ownTarget({ order }: BuiltinContext) {
  const branch = /^refs\/heads\/(.+)$/.exec(order.run.ref)?.[1];
  const local = `refs/remotes/origin/${branch ?? 'checkout'}`;
  return { wanted: order.sha, local, ...(branch === undefined ? {} : { branch }) };
}

/** On GitHub a workspace is empty until something is checked out; a job whose first checkout goes elsewhere relies on it. */
async function emptyWorkspace({ workspace, log }: BuiltinContext, folder: string): Promise<void> {
  log(
    `[signalbox] the workspace is emptied, since the first checkout is another one: ${relative(workspace, folder) || '.'}`,
  );
  const names = await readdir(workspace);
  await Promise.all(names.map((name) => rm(join(workspace, name), { recursive: true, force: true })));
}

async function commitIn(folder: string): Promise<string> {
  return (await runGit(['rev-parse', 'HEAD'], { cwd: folder })).toString('latin1').trim();
}
