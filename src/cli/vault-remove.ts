import * as z from 'zod';
import { type VaultKind, vaultName } from '../model/vault.ts';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { each } from './each.ts';
import { resolveScope, type ScopeOptions, scopeQuery, scopeWords } from './vault-scope.ts';

/** `signalbox secrets remove NAME…` and `signalbox variables remove NAME…`. */
export function remove(invocation: Invocation<ScopeOptions>, kind: VaultKind): Promise<number> {
  const { context, args, options } = invocation;
  return withApi(invocation, async (api) => {
    const scope = await resolveScope(api, options, context.cwd);
    return each(args, context.terminal, async (text) => {
      const name = vaultName(text, kind);
      await api.delete(`/api/${kind}/${encodeURIComponent(name)}${scopeQuery(scope)}`, z.object({}));
      if (options.json) context.terminal.json({ removed: name });
      else context.terminal.say(`${name} of ${scopeWords(scope)} is gone`);
    });
  });
}
