import { existsSync, readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tellSystemd } from '../../src/cli/tell-systemd.ts';
import { createLogger } from '../../src/support/logger.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

test('systemd is told that the server is ready, and that it stops, where it wants to know', async () => {
  await using dir = await tempDir();
  const said = join(dir.path, 'said');
  const program = join(dir.path, 'systemd-notify');
  await writeFile(program, `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >> ${said}\n`);
  await chmod(program, 0o755);
  const logger = createLogger('silent');
  const env = { PATH: `${dir.path}:${process.env.PATH}` };
  tellSystemd('--ready', env, logger);
  tellSystemd('--ready', { ...env, NOTIFY_SOCKET: '/run/one' }, logger);
  await waitFor('it was told', () => existsSync(said));
  tellSystemd('--stopping', { ...env, NOTIFY_SOCKET: '/run/one' }, logger);
  await waitFor('it was told again', () => readFileSync(said, 'utf8').split('\n').length > 2);
  expect(readFileSync(said, 'utf8')).toBe('/run/one --ready --no-block\n/run/one --no-block STOPPING=1\n');
});

test('the unit is of the type that this serves, and gives the jobs the time that they may take', () => {
  const unit = readFileSync(join(import.meta.dirname, '..', '..', 'deploy', 'signalbox.service'), 'utf8');
  expect(unit).toMatch(/^Type=notify$/m);
  expect(unit).toMatch(/^NotifyAccess=all$/m);
  expect(unit).toMatch(/^KillMode=mixed$/m);
  expect(unit).toMatch(/^TimeoutStopSec=65min$/m);
});
