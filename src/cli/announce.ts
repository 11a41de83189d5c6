import type { RunRecord } from '../store/run-record.ts';
import type { DispatcherRole } from './dispatcher-role.ts';
import type { ServerKit } from './serve.ts';
import { happened } from './views.ts';

/** How many events are read at once. */
const PAGE = 200;

/** Prints each verdict from now on, one line each, for who looks at the terminal where the server runs. */
export async function announceVerdicts(
  { context, parts, clock, logger }: ServerKit,
  { web }: DispatcherRole,
): Promise<void> {
  const { store } = web;
  const { terminal } = context;
  let cursor = await store.lastEvent();
  const print = async () => {
    for (let events = await store.events(cursor, PAGE); events.length > 0; events = await store.events(cursor, PAGE)) {
      cursor = events.at(-1)?.id ?? cursor;
      for (const { type, run: id } of events) {
        const found = type === 'run.completed' && id !== null ? await store.run(id) : undefined;
        if (found !== undefined) terminal.line(happened(newsOf(found.run), terminal, clock.now()));
      }
    }
  };
  let printing = Promise.resolve();
  const printNext = () => {
    printing = printing
      .then(print)
      .catch((error: unknown) => logger.warn({ err: error }, 'a verdict is not shown here'));
    return printing;
  };
  const stop = store.onEvents(printNext);
  parts.defer(() => {
    stop();
    return printNext(); // what a drain has finished
  });
}

function newsOf(run: RunRecord) {
  const { startedAt, completedAt } = run;
  return {
    ...run,
    retried: run.isRetried,
    started_at: startedAt?.toISOString() ?? null,
    completed_at: completedAt?.toISOString() ?? null,
  };
}
