import { expect, test } from 'vitest';
import { Ci } from '../support/ci.ts';
import { keyOf } from '../support/fake-runner.ts';

// in a process of its own, and large: what waits for the collector counts, too, and that is more in newer engines
/** Of 256 KiB each. */
const CHUNKS = 720;

test('a log of 190 MB arrives whole, and never is in memory as a whole', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  await ci.push(repository);
  const lease = await runner.lease();
  const chunk = Buffer.alloc(256 * 1024, 'x');
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let at = 0; at < CHUNKS; at++) {
    await runner.log(lease, at * chunk.length, chunk);
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  const bytes = CHUNKS * chunk.length;
  await runner.finished(lease, { logBytes: bytes });
  expect(await ci.logs.size(keyOf(lease))).toBe(bytes);
  expect(most).toBeLessThan(bytes);
});
