import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BuiltinContext } from './builtin.ts';
import type { Origin } from './checkout-origin.ts';

/**
 * Gives the workspace, which holds the job's commit already, what a checkout leaves beside the files: the branch, and
 * `origin`, which is pushed to nowhere but to the server, and that asks for a password. Plain files: git would take
 * longer to start than this takes.
 */
export function nameTheCommit({ workspace, order, settings, github, inputs }: BuiltinContext, origin: Origin): void {
  const git = join(workspace, '.git');
  if (!existsSync(join(git, 'HEAD')) || isCheckoutOf(workspace, origin)) return;
  const { sha, run } = order;
  const branch = /^refs\/heads\/(.+)$/.exec(run.ref)?.[1];
  for (const [name, value] of refsOf(run.ref, sha)) if (isSafe(name)) writeRef(join(git, name), value);
  const isThere = readFileSync(join(git, 'HEAD'), 'utf8').trim() === sha;
  if (branch !== undefined && isThere && isSafe(branch))
    writeFileSync(join(git, 'HEAD'), `ref: refs/heads/${branch}\n`);
  const pushUrl = `${settings.server}/${String(github.repository ?? order.repository.name)}`;
  const keepsHeader = inputs['persist-credentials'] !== 'false';
  appendFileSync(join(git, 'config'), originConfig({ origin, pushUrl, keepsHeader, branch }));
}

function refsOf(ref: string, sha: string): readonly (readonly [string, string])[] {
  const [, kind, name = ''] = /^refs\/([^/]+)\/(.+)$/.exec(ref) ?? [];
  if (kind === 'heads')
    return [
      [ref, sha],
      [`refs/remotes/origin/${name}`, sha],
    ];
  if (kind === 'tags') return [[ref, sha]];
  return kind === 'pull' ? [[`refs/remotes/pull/${name}`, sha]] : [];
}

function writeRef(path: string, sha: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${sha}\n`);
}

/** Can it be a path below `.git`, as git itself would make it? */
function isSafe(name: string): boolean {
  return name
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && !/[\0-\x20\x7f~^:?*[\\"]/.test(part));
}

/** What `.git/config` says of `origin`. */
export interface OriginConfig {
  readonly origin: Origin;
  /** Where pushes go. */
  readonly pushUrl: string;
  /** May the header stay there, for what later steps fetch? */
  readonly keepsHeader: boolean;
  readonly branch?: string | undefined;
}

/** Lines for `.git/config`. */
export function originConfig({ origin: { transport, header }, pushUrl, keepsHeader, branch }: OriginConfig): string {
  const ofBranch = [`[branch ${quote(branch ?? '')}]`, '\tremote = origin', `\tmerge = refs/heads/${branch}`];
  const ofHeader = [`[http ${quote(transport.where)}]`, `\textraheader = ${quote(header ?? '')}`];
  return [
    '[remote "origin"]',
    `\turl = ${quote(transport.where)}`,
    `\tpushurl = ${quote(pushUrl)}`,
    '\tfetch = +refs/heads/*:refs/remotes/origin/*',
    ...(branch !== undefined && isSafe(branch) ? ofBranch : []),
    ...(header !== undefined && keepsHeader ? ofHeader : []),
    '[gc]',
    '\tauto = 0',
    '',
  ].join('\n');
}

/** Is the folder a checkout from there? */
export function isCheckoutOf(folder: string, { transport }: Origin): boolean {
  const config = join(folder, '.git', 'config');
  return existsSync(config) && readFileSync(config, 'utf8').includes(`\turl = ${quote(transport.where)}\n`);
}

function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
