import type { Api } from '../protocol/api.ts';
import { deliveriesSchema, refusedSchema } from '../protocol/api-schema.ts';
import { withObserver } from './connect.ts';
import type { Invocation } from './context.ts';
import { type Column, columns } from './draw/columns.ts';
import { paged } from './draw/pager.ts';
import { EXIT } from './exit-code.ts';
import { findRepository } from './find-repository.ts';
import { oneLine } from './harmless.ts';
import { wholeNumber } from './options.ts';
import { UsageError } from './usage-error.ts';
import { age, refName } from './views.ts';

/** The id is what one copies: it is shown whole or not at all. */
const COLUMNS: readonly Column[] = [
  { leaves: 4 },
  { min: 8, leaves: 3 },
  { min: 12 },
  { min: 8, leaves: 2 },
  { leaves: 1 },
  {},
  { min: 16 },
];

interface Options {
  readonly limit?: string;
  readonly repository?: string;
  readonly refused?: boolean;
}

/** `signalbox deliveries`. */
export async function run(invocation: Invocation<Options>): Promise<number> {
  const { options, context } = invocation;
  const { terminal } = context;
  const limit = wholeNumber('-n, --limit', options.limit, 1, 100) ?? 20;
  if (options.refused) return refused(invocation, limit);
  return withObserver(invocation, async (api) => {
    const said = options.repository;
    const of = said === undefined ? '' : `&repository=${encodeURIComponent(await fullName(api, said, context.cwd))}`;
    const answer = await api.get(`/api/deliveries?limit=${limit}${of}`, deliveriesSchema);
    if (options.json) terminal.json(answer);
    else if (answer.deliveries.length === 0) terminal.say('no deliveries');
    const rows = answer.deliveries.map((delivery) => [
      oneLine(delivery.id),
      `${oneLine(delivery.event)} by ${delivery.trigger}`,
      oneLine(delivery.repository),
      refName(delivery.ref ?? ''),
      terminal.colours.dim(age(delivery.received_at, new Date())),
      delivery.status,
      oneLine(delivery.error ?? delivery.outcome ?? ''),
    ]);
    if (options.json || rows.length === 0) return EXIT.done;
    return paged(context, async (page) => {
      for (const line of columns(rows, COLUMNS, page)) page.line(line);
      return EXIT.done;
    });
  });
}

/** The answer is told apart from the name, which anybody may have made up. */
const REFUSED_COLUMNS: readonly Column[] = [{ leaves: 2 }, { min: 12 }, { leaves: 1 }, {}, { min: 16 }];

/** What was not taken. */
function refused(invocation: Invocation<Options>, limit: number): Promise<number> {
  const { options, context } = invocation;
  const { terminal } = context;
  if (options.repository !== undefined)
    throw new UsageError('--refused goes without --repository: whose it was is not known');
  return withObserver(invocation, async (api) => {
    const answer = await api.get('/api/deliveries/refused', refusedSchema);
    if (options.json) terminal.json(answer);
    else if (answer.refused.length === 0) terminal.say('nothing was refused since the server started');
    const rows = answer.refused
      .slice(0, limit)
      .map(({ event, forge, repository, received_at: at, times, answer: status, message }) => [
        `${oneLine(event ?? 'something')} from ${forge ?? 'nobody known'}`,
        oneLine(repository ?? ''),
        terminal.colours.dim(age(at, new Date())),
        times === 1 ? `${status}` : `${status}, ${times} times`,
        oneLine(message),
      ]);
    if (options.json || rows.length === 0) return EXIT.done;
    return paged(context, async (page) => {
      for (const line of columns(rows, REFUSED_COLUMNS, page)) page.line(line);
      return EXIT.done;
    });
  });
}

/** A full name is taken as it is: deliveries may be of what is not watched, and an observer alone knows no other names. */
async function fullName(api: Api, said: string, cwd: string): Promise<string> {
  return said.includes('/') && !/^[./]/.test(said) ? said : (await findRepository(api, said, cwd)).name;
}
