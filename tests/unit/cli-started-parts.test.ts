import { expect, test } from 'vitest';
import { StartedParts } from '../../src/cli/started-parts.ts';

function part(name: string, log: string[], fails = false) {
  return {
    start: async () => {
      if (fails) throw new Error(`${name} cannot start`);
      log.push(`start ${name}`);
    },
    stop: async () => void log.push(`stop ${name}`),
  };
}

test('parts are stopped in the opposite order of their start', async () => {
  const log: string[] = [];
  const parts = new StartedParts();
  await parts.start(part('a', log));
  await parts.start(part('b', log));
  await parts.end();
  await parts.end();
  expect(log).toEqual(['start a', 'start b', 'stop b', 'stop a']);
});

test('a part whose start fails is stopped too, and those before it', async () => {
  const log: string[] = [];
  const parts = new StartedParts();
  await parts.start(part('a', log));
  await expect(parts.start(part('b', log, true))).rejects.toThrow('b cannot start');
  await parts.end();
  expect(log).toEqual(['start a', 'stop b', 'stop a']);
});

test('one that fails to stop does not keep the others from being stopped, and is told', async () => {
  const log: string[] = [];
  const parts = new StartedParts();
  await parts.start(part('a', log));
  parts.defer(() => Promise.reject(new Error('stuck')));
  await expect(parts.end()).rejects.toThrow('stuck');
  expect(log).toEqual(['start a', 'stop a']);
});
