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
}

/** `signalbox add`. */
export async function run(invocation: Invocation<AddOptions>): Promise<number> {
  const { context, args, options } = invocation;
  const { terminal } = context;
  if (args.length > 1 && options.name !== undefined) throw new UsageError('--name fits one repository only');
  const secret =
    options.secretFile === undefined ? undefined : await secretIn(resolve(context.cwd, options.secretFile));
  return withApi(
    invocation,
    (api) =>
      each(args, terminal, async (source) => {
        const added = await addRepository(api, { source, cwd: context.cwd, name: options.name, secret });
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
  },
): Promise<ApiRepository> {
  const { source, cwd, name, secret } = input;
  const body = { source: isUrl(source) ? source : resolve(cwd, source), name, secret };
  return api.post('/api/repositories', body, repositorySchema);
}

/** A URL, or git's short form `host:path`; anything with a slash before the colon is a folder, as for git. */
function isUrl(source: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(source) || /^[^/:]+:/.test(source);
}

async function secretIn(path: string): Promise<string> {
  try {
    const secret = (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
    if (secret.length > 0) return secret;
  } catch (cause) {
    throw new UsageError(`the secret file ${path} cannot be read (${messageOf(cause)})`, { cause });
  }
  throw new UsageError(`the secret file ${path} is empty; put the secret of the webhook into it`);
}
