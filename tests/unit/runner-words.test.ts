import { expect, test } from 'vitest';
import { describeBytes } from '../../src/model/disk-floor.ts';
import { parsePsLine } from '../../src/runner/process-table.ts';
import { describeCommand, describeDuration, describeLimit } from '../../src/runner/words.ts';

test('durations are told in the unit that people think in', () => {
  expect([3.4, 1_234, 192_000, 7_500_000, 120_000].map(describeDuration)).toEqual([
    '3 ms',
    '1.2 s',
    '3 min 12 s',
    '2 h 5 min',
    '2 min',
  ]);
  expect([3_600_000, 60_000, 90_000, 1_000].map(describeLimit)).toEqual([
    '60 minutes',
    '1 minute',
    '90 seconds',
    '1 second',
  ]);
});

test('a command is told as one would type it', () => {
  expect(describeCommand(['npm', 'test'])).toBe('npm test');
  expect(describeCommand(['sh', '-c', "echo 'a b' $X"])).toBe(`sh -c 'echo '\\''a b'\\'' $X'`);
  expect(describeCommand(['x', ''])).toBe("x ''");
});

test('bytes are told in MB and GB', () => {
  expect([412_000_000, 1_240_000_000].map(describeBytes)).toEqual(['412 MB', '1.2 GB']);
});

test('a line of ps is understood, with and without a marker', () => {
  const line = '  812     1   812 S    /bin/sleep 60 PATH=/bin SIGNALBOX_EXECUTION=a/1/2 HOME=/';
  expect(parsePsLine(line)).toEqual({
    pid: 812,
    parent: 1,
    group: 812,
    session: 0,
    name: 'sleep',
    marker: 'a/1/2',
    isRecent: false,
  });
  expect(parsePsLine('    1     0     1 Ss   /sbin/launchd')?.marker).toBeUndefined();
  expect(parsePsLine('  900     1   900 Z    (sleep)')).toBeUndefined();
  expect(parsePsLine('')).toBeUndefined();
});
