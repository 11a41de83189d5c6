import * as z from 'zod';
import { type VaultKind, vaultName } from '../model/vault.ts';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { EXIT } from './exit-code.ts';
import { UsageError } from './usage-error.ts';
import { readValue } from './vault-input.ts';
import { resolveScope, type ScopeOptions, scopeWords } from './vault-scope.ts';

interface SetOptions extends ScopeOptions {
  readonly fromFile?: string;
  /** Declared so that it can be refused without being repeated. */
  readonly value?: string;
  readonly body?: string;
}

const NOT_HERE =
  'a secret is not taken from the command line, where the history of the shell keeps it and every process can see it; ' +
  'pipe it in, give --from-file FILE, or type it when you are asked';

/** `signalbox secrets set NAME`. */
export function setSecret(invocation: Invocation<SetOptions>): Promise<number> {
  const { args, options } = invocation;
  const isTold = args.length > 1 || args[0]?.includes('=') || (options.value ?? options.body) !== undefined;
  if (isTold) throw new UsageError(NOT_HERE);
  return set(invocation, 'secrets', undefined);
}

/** `signalbox variables set NAME [VALUE]`. */
export function setVariable(invocation: Invocation<SetOptions>): Promise<number> {
  const { args, options } = invocation;
  if (args.length > 2) throw new UsageError('one value is set at a time; put it between quotes if it has spaces');
  return set(invocation, 'variables', args[1] ?? options.value ?? options.body);
}

async function set(invocation: Invocation<SetOptions>, kind: VaultKind, told: string | undefined) {
  const { context, options } = invocation;
  const name = vaultName(invocation.args[0] ?? '', kind);
  const value = told ?? (await readValue(context, name, options.fromFile));
  return withApi(
    invocation,
    async (api) => {
      const scope = await resolveScope(api, options, context.cwd);
      const answer = await api.post(`/api/${kind}`, { name, value, ...scope }, z.looseObject({ name: z.string() }));
      if (options.json) context.terminal.json(answer);
      else context.terminal.say(`${answer.name} is set for ${scopeWords(scope)}`);
      return EXIT.done;
    },
    true,
  );
}
