import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Background } from '../../src/dispatcher/background.ts';
import { MirrorUpkeep } from '../../src/dispatcher/mirror-upkeep.ts';
import { Mirrors } from '../../src/git/mirror.ts';
import { createLogger } from '../../src/support/logger.ts';
import { Ci } from '../support/ci.ts';

test('mirrors over the limit go, but for those that a waiting job needs', async () => {
  await using ci = await Ci.start();
  await using idle = await ci.repository();
  await using waiting = await ci.repository();
  const logger = createLogger('silent');
  const mirrors = new Mirrors({ home: ci.home, logger });
  for (const { record, path } of [idle, waiting]) await mirrors.fetch(record.id, path);
  await mirrors.close();
  await ci.push(waiting);
  const fatal = (error: Error) => {
    throw error;
  };
  const background = new Background({ logger, fatal });
  const { store, clock } = ci;
  const upkeep = new MirrorUpkeep({
    store,
    clock,
    background,
    registry: ci.dispatcher.registry,
    mirrors,
    limitBytes: 0,
  });
  upkeep.start();
  clock.advance(3_600_000);
  upkeep.stop();
  await background.settled();
  expect([idle, waiting].map(({ record }) => existsSync(mirrors.pathOf(record.id)))).toEqual([false, true]);
});
