import { expect, test } from 'vitest';
import { addConfigured } from '../../src/cli/add-configured.ts';
import { StartedParts } from '../../src/cli/started-parts.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createLogger } from '../../src/support/logger.ts';
import { ManualClock } from '../support/manual-clock.ts';

test('a repository that cannot be reached is tried again each minute until it can', async () => {
  const clock = new ManualClock();
  const parts = new StartedParts();
  const asked: string[] = [];
  let isReachable = false;
  const add = async ({ source }: { source: string }) => {
    asked.push(source);
    if (source === '/late' && !isReachable) throw new Error('not mounted');
    return {} as never;
  };
  const base = await loadConfig({ flags: { home: '/nowhere' }, env: {}, cwd: '/' });
  const repositories = new Map([
    ['a/late', { sources: ['/late'] }],
    ['a/there', { sources: ['/there'] }],
  ]);
  const kit = { config: { ...base, repositories }, clock, logger: createLogger('silent'), parts };
  await addConfigured(kit, { add });
  expect(asked).toEqual(['/late', '/there']);
  isReachable = true;
  clock.advance(60_000);
  await new Promise(setImmediate);
  clock.advance(60_000);
  await new Promise(setImmediate);
  expect(asked).toEqual(['/late', '/there', '/late']);
  expect(clock.pending).toBe(0);
  await parts.end();
});
