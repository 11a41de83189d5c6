import { systemClock } from '../../src/support/clock.ts';
import { fillDemo } from './demo.ts';
import { addGraphRuns } from './demo-graphs.ts';
import { addMatrixRuns, demoExpander } from './demo-matrix.ts';
import { runnerStatus, startWeb, type TestWeb } from './web.ts';

/** The page over a store that is full of things to see, see `fillDemo`; `isEmpty`: over one without anything. */
export async function startDemo({ isEmpty = false } = {}): Promise<TestWeb> {
  const web = await startWeb({ clock: systemClock, expander: demoExpander, operations: { fileAt: demoFile } });
  if (!isEmpty) {
    await addMatrixRuns(web.store, web.logs, systemClock.now());
    await addGraphRuns(web.store, web.logs, systemClock.now());
  }
  if (isEmpty) web.runners.push(runnerStatus('build-1', { slots: 4 }));
  else web.runners.push(...(await fillDemo(web.store, web.logs, systemClock.now())).runners);
  return web;
}

/** The file in which tests of the demo fail. */
async function demoFile(_repository: number, _sha: string, path: string): Promise<string | undefined> {
  if (!path.endsWith('retry.test.ts')) return undefined;
  const lines = Array.from({ length: 200 }, (_, at) =>
    at % 9 === 8 ? '' : `      await policy.run(charge); // ${at + 1}`,
  );
  lines[141] = '      expect(charge.attempts).toBe(3);';
  return lines.join('\n');
}
