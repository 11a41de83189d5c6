import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Api } from '../protocol/api.ts';
import { type ApiRepository, repositorySchema } from '../protocol/api-schema.ts';
import { messageOf } from '../support/ci-error.ts';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { each } from './each.ts';
import { UsageError } from './usage-error.ts';

interface AddOptions {
  readonly name?: string;
  readonly secretFile?: string;
  readonly tokenFile?: string;
  readonly sshKey?: string;
}

/** `signalbox add`. */
export async function run(invocation: Invocation<AddOptions>): Promise<number> {
  const { context, args, options } = invocation;
  const { terminal } = context;
  if (args.length > 1 && options.name !== undefined) throw new UsageError('--name fits one repository only');
  const secret =
    options.secretFile === undefined ? undefined : await secretIn(resolve(context.cwd, options.secretFile));
  const fileOf = (path: string | undefined, what: string) =>
    path === undefined ? undefined : textIn(resolve(context.cwd, path), what);
  const token = (await fileOf(options.tokenFile, 'the token'))?.trimEnd();
  const sshKey = await fileOf(options.sshKey, 'the ssh key');
  return withApi(
    invocation,
    (api) =>
      each(args, terminal, async (source) => {
        const added = await addRepository(api, { source, cwd: context.cwd, name: options.name, secret, token, sshKey });
        if (options.json) return terminal.json(added);
        terminal.line(`${added.name} is watched  ${added.sources.join('  ')}`);
        terminal.line(`  webhook  ${added.webhook_url ?? '(none)'}`);
        terminal.line(`  secret   ${added.secret ?? '(kept)'}`);
      }),
    true,
  );
}

/** Adds a folder or a URL; one that is watched already is returned as it is. */
export function addRepository(
  api: Api,
  input: {
    readonly source: string;
    readonly cwd: string;
    readonly name?: string | undefined;
    readonly secret?: string | undefined;
    readonly token?: string | undefined;
    readonly sshKey?: string | undefined;
  },
): Promise<ApiRepository> {
  const { source, cwd, name, secret, token, sshKey } = input;
  const body = { source: isUrl(source) ? source : resolve(cwd, source), name, secret, token, ssh_key: sshKey };
  return api.post('/api/repositories', body, repositorySchema);
}

/** A URL, or git's short form `host:path`; anything with a slash before the colon is a folder, as for git. */
function isUrl(source: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(source) || /^[^/:]+:/.test(source);
}

async function secretIn(path: string): Promise<string> {
  return (await textIn(path, 'the secret of the webhook')).replace(/\r?\n$/, '');
}

async function textIn(path: string, what: string): Promise<string> {
  let text = '';
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`the secret file ${path} cannot be read (${messageOf(cause)})`, { cause });
  }
  if (text.trim().length > 0) return text;
  throw new UsageError(`the secret file ${path} is empty; put ${what} into it`);
}
