import type { Header } from '../../web/src/page.ts';
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
    slots: runners.reduce((sum, runner) => sum + runner.slots, 0),
    busy: runners.reduce((sum, runner) => sum + runner.executions.length, 0),
    runners: runners.length,
  };
}
