import { systemClock } from '../../src/support/clock.ts';
import { fillDemo } from './demo.ts';
import { runnerStatus, startWeb, type TestWeb } from './web.ts';

/** The page over a store that is full of things to see, see `fillDemo`; `isEmpty`: over one without anything. */
export async function startDemo({ isEmpty = false } = {}): Promise<TestWeb> {
  const web = await startWeb({ clock: systemClock });
  if (isEmpty) web.runners.push(runnerStatus('build-1', { slots: 4 }));
  else web.runners.push(...(await fillDemo(web.store, web.logs, systemClock.now())).runners);
  return web;
}
