import { expect, test } from 'vitest';
import { LogPrinter } from '../../src/cli/log-printer.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { apiJob } from '../support/api-run.ts';

/** What a log becomes on a terminal of 60 columns, or in a pipe. */
async function printed(
  pieces: readonly string[],
  env: NodeJS.ProcessEnv = { NO_COLOR: '1', TERM: 'dumb' },
  isTTY = true,
) {
  let written = '';
  const write = (text: string | Uint8Array) => {
    written += text;
  };
  const output = { write, isTTY, columns: 60 };
  const printer = new LogPrinter(apiJob({}), { terminal: new Terminal(output, output, env) }, false);
  for (const piece of pieces) await printer.print(piece);
  printer.end();
  return written;
}

const LOG =
  '##[group]Run npm test\nnpm test || echo error: no\n##[endgroup]\nfine\nAssertionError: 2 == 3\n' +
  '##[warning]old\n##[error]Process completed with exit code 1.\n[signalbox] Unit tests: failure after 1.2 s\n';

test('a log on a terminal has marks for groups, failures and the ends of steps', async () => {
  expect((await printed([LOG])).split('\n')).toEqual([
    '▾ Run npm test',
    '  │ npm test || echo error: no',
    '  fine',
    '▌ AssertionError: 2 == 3',
    '! old',
    '✗ Process completed with exit code 1.',
    '✗ Unit tests  1.2 s',
    '',
  ]);
});

test('in a pipe it is as it was written', async () => {
  expect(await printed([LOG], {}, false)).toBe(LOG);
});

test('cut anywhere it is drawn the same', async () => {
  const whole = await printed([LOG]);
  for (let at = 1; at < LOG.length; at += 7) expect(await printed([LOG.slice(0, at), LOG.slice(at)])).toBe(whole);
});

test('a progress bar that redraws itself is one line, the last of its states', async () => {
  expect(await printed(['10 %\r20 %\r', '100 %\n', 'done'])).toBe('  100 %\n  done\n');
});

test('on a terminal that moves its cursor a line without an end is shown in passing', async () => {
  expect(await printed(['10 %', '\r20 %', '\rdone\n'], { NO_COLOR: '1', TERM: 'xterm' })).toBe(
    '  10 %\r\u001b[K  20 %\r\u001b[K  done\n',
  );
});

test('colours stay where there are colours, and end with their line; what a terminal would obey is gone', async () => {
  const log = '\u001b]0;evil\u0007\u001b[32mgood\u009d52;c;x\u009c\n';
  expect(await printed([log], { TERM: 'dumb', FORCE_COLOR: '1' })).toBe('  \u001b[32mgood\u001b[0m\n');
  expect(await printed([log])).toBe('  good\n');
});
