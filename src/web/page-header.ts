import type { Header } from '../../web/src/page.ts';
import { slotsInUse } from '../model/pool.ts';
import type { WebContext } from './context.ts';

/** What the header of every page shows, now. */
export async function headerOf({
  store,
  operations,
  clock,
}: Pick<WebContext, 'store' | 'operations' | 'clock'>): Promise<Header> {
  const runners = operations.runners();
  return {
    now: clock.now().toISOString(),
    waiting: (await store.queue(1)).total,
    ...slotsInUse(runners),
    runners: runners.length,
  };
}
