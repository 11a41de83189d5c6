import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { notifyDesktop } from '../../src/cli/notify.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { apiRun } from '../support/api-run.ts';
import { tempDir } from '../support/temp.ts';

/** Tells of a failed run with that title, where only these programs are; what was said, and what the program was given. */
async function notified(title: string, script?: string) {
  await using dir = await tempDir();
  const program = join(dir.path, 'notify-send');
  if (script !== undefined) {
    await writeFile(program, `#!/bin/sh\n${script}\n`);
    await chmod(program, 0o755);
  }
  let said = '';
  const write = (text: string | Uint8Array) => {
    said += text;
  };
  const terminal = new Terminal({ write }, { write }, {});
  await notifyDesktop([apiRun({ title })], 'failure', { terminal, path: dir.path });
  return { said, given: await readFile(join(dir.path, 'given'), 'utf8').catch(() => undefined) };
}

test('a verdict is told by notify-send, and no part of a title is obeyed', async () => {
  const { said, given } = await notified('-h $(touch x)\u001b]0;t\u0007', 'printf "%s\\n" "$@" > "${0%/*}/given"');
  expect(said).toBe('');
  expect(given).toBe('--app-name=Signalbox\n--urgency=critical\n--\nacme/web#3: failed\nmain: -h $(touch x)\n');
});

test('a notification that fails is said in one line', async () => {
  const { said } = await notified('Ask again', 'echo no bus >&2; exit 1');
  expect(said).toBe('no desktop notification: notify-send failed: no bus\n');
});

test('where nothing can notify, one line says so', async () => {
  expect((await notified('Ask again')).said).toBe(
    'no desktop notification: neither notify-send nor osascript is installed here\n',
  );
});
