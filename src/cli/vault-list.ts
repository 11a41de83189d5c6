import * as z from 'zod';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { table } from './draw/table.ts';
import { EXIT } from './exit-code.ts';
import { harmless, oneLine } from './harmless.ts';
import { resolveScope, type ScopeOptions, scopeQuery, scopeWords } from './vault-scope.ts';
import { age } from './views.ts';

const entry = z.looseObject({
  name: z.string(),
  repository: z.string().nullable(),
  environment: z.string().nullable(),
  updated_at: z.string(),
});
const secretsSchema = z.looseObject({ secrets: z.array(entry.extend({ readable: z.boolean() })) });
const variablesSchema = z.looseObject({ variables: z.array(entry.extend({ value: z.string() })) });

/** `signalbox secrets list`: names and dates. */
export function listSecrets(invocation: Invocation<ScopeOptions>): Promise<number> {
  const { context, options } = invocation;
  return withApi(invocation, async (api) => {
    const scope = await resolveScope(api, options, context.cwd);
    const answer = await api.get(`/api/secrets${scopeQuery(scope)}`, secretsSchema);
    const { secrets } = answer;
    if (options.json) return tell(invocation, answer);
    const unreadable = secrets.filter(({ readable }) => !readable).map(({ name }) => name);
    print(invocation, 'secrets', secrets, ({ readable }) => (readable ? '' : 'cannot be decrypted'));
    if (unreadable.length > 0)
      context.terminal.say(
        'their key, secrets.key in the home folder, is gone or another one; put it back from a backup',
      );
    return EXIT.done;
  });
}

/** `signalbox variables list`. */
export function listVariables(invocation: Invocation<ScopeOptions>): Promise<number> {
  const { context, options } = invocation;
  return withApi(invocation, async (api) => {
    const scope = await resolveScope(api, options, context.cwd);
    const answer = await api.get(`/api/variables${scopeQuery(scope)}`, variablesSchema);
    if (options.json) return tell(invocation, answer);
    print(invocation, 'variables', answer.variables, ({ value }) => oneLine(harmless(value)));
    return EXIT.done;
  });
}

function tell({ context }: Invocation, answer: unknown): number {
  context.terminal.json(answer);
  return EXIT.done;
}

function print<Entry extends z.infer<typeof entry>>(
  { context: { terminal } }: Invocation,
  kind: string,
  entries: readonly Entry[],
  last: (entry: Entry) => string,
): void {
  if (entries.length === 0) terminal.say(`no ${kind}; set one with "signalbox ${kind} set NAME"`);
  const now = new Date();
  const rows = entries.map((one) => [one.name, scopeWords(one), age(one.updated_at, now), last(one)]);
  for (const line of table(rows, terminal)) terminal.line(line);
}
