import { appendFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describeExit } from '../../model/conclusion.ts';
import { ActionError } from '../actions/action.ts';
import type { BuiltinContext } from './builtin.ts';
import { isCheckoutOf, originConfig } from './checkout-here.ts';
import { type Origin, originEnvironment } from './checkout-origin.ts';
import { allRefspecs, type Target } from './checkout-target.ts';

/** Git did not bring what was asked for; what it said is in the log. */
export class NotFetchedError extends ActionError {}

/** One checkout by git. */
export interface Checkout {
  readonly context: BuiltinContext;
  readonly folder: string;
  readonly origin: Origin;
  readonly target: Target;
  /** How much history is brought; 0: all of it, with all branches and tags; undefined: as much as there is. */
  readonly depth: number | undefined;
  readonly tags: boolean;
  readonly clean: boolean;
}

/**
 * Brings a folder to a commit by git, as GitHub's action does: one that is no checkout of the same origin is emptied first.
 * @throws {ActionError} if git fails; what it said is in the log. @throws {NotFetchedError}
 */
export async function checkOut(checkout: Checkout): Promise<void> {
  const { context, folder, origin, target } = checkout;
  if (!isCheckoutOf(folder, origin)) await begin(folder, context, origin);
  else if (checkout.clean) await tidy(context, folder);
  await fetchInto(checkout, [`+${target.wanted}:${target.local}`]);
  const where = target.branch === undefined ? ['--detach', target.local] : ['-B', target.branch, target.local];
  await git(context, folder, ['checkout', '--quiet', '--force', ...where]);
}

/** Fetches by these refspecs, and what the depth asks for beside them. @throws {NotFetchedError} */
export async function fetchInto(
  { context, folder, origin, depth, tags }: Omit<Checkout, 'target' | 'clean'>,
  refspecs: readonly string[],
): Promise<void> {
  const { config, options, where } = origin.transport;
  const isShallow = existsSync(join(folder, '.git', 'shallow'));
  const all = depth === 0 ? await allRefspecs(origin) : [];
  const unlimited = isShallow && depth === 0 ? ['--unshallow'] : [];
  const limits = depth ? [`--depth=${depth}`] : unlimited;
  const more = tags && depth !== 0 ? ['+refs/tags/*:refs/tags/*'] : [];
  const flags = ['--no-tags', '--force', '--quiet', '--no-recurse-submodules'];
  const env = originEnvironment(origin);
  const fetch = (limit: readonly string[], specs: readonly string[]) =>
    git(context, folder, [...config, 'fetch', ...flags, ...limit, ...options, '--', where, ...specs], env).catch(
      (error: unknown) => {
        throw error instanceof ActionError ? new NotFetchedError(error.message, { cause: error }) : error;
      },
    );
  // one after the other: a branch that is fetched with all of them may be asked for at another commit, too
  const together = [...new Set([...all, ...more])];
  if (all.length === 0) return await fetch(limits, [...refspecs, ...together]);
  await fetch(limits, together);
  if (refspecs.length > 0) await fetch([], refspecs);
}

/** Runs git in a folder of the job, with its output in the log. @throws {ActionError} if it fails. */
export async function git(
  context: BuiltinContext,
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const exit = await context.exec(['git', '-c', 'safe.directory=*', '-c', 'advice.detachedHead=false', ...args], {
    cwd: folder,
    env: { GIT_TERMINAL_PROMPT: '0', ...env },
  });
  if ('status' in exit && exit.status === 0) return;
  const what = args.find((arg, index) => !arg.startsWith('-') && args[index - 1] !== '-c') ?? '';
  throw new ActionError(`git ${what} ended with ${describeExit(exit)}; what it said is in the log above`);
}

/** Takes away what steps have changed. @throws {ActionError} */
export async function tidy(context: BuiltinContext, folder: string): Promise<void> {
  for (const lock of ['index.lock', 'shallow.lock']) rmSync(join(folder, '.git', lock), { force: true });
  await git(context, folder, ['clean', '-ffdxq']);
  await git(context, folder, ['reset', '--quiet', '--hard', 'HEAD']);
}

async function begin(folder: string, context: BuiltinContext, origin: Origin): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const names = await readdir(folder);
  if (names.length > 0) context.log(`[signalbox] emptying ${folder}: it is no checkout of this repository`);
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
  await git(context, folder, ['init', '--quiet', '--template=', '-b', 'main']);
  const keepsHeader = context.inputs['persist-credentials'] !== 'false';
  const text = originConfig({ origin, pushUrl: origin.transport.where, keepsHeader });
  appendFileSync(join(folder, '.git', 'config'), text);
}
