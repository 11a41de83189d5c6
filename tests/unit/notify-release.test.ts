import { expect, test } from 'vitest';
import { releaseAt } from '../../src/reporter/notify/release.ts';

const BERLIN = 'Europe/Berlin';
const night = { from: 22 * 60, to: 7 * 60, timezone: BERLIN };
const noon = { from: 12 * 60, to: 13 * 60, timezone: 'UTC' };
const at = (time: string) => new Date(`${time}Z`);

test.each([
  ['outside of quiet hours: at once', null, night, '2026-01-05T12:00:00', null],
  ['at night: in the morning', null, night, '2026-01-05T22:30:00', '2026-01-06T06:00:00'],
  ['after midnight: the same morning', null, night, '2026-01-06T02:00:00', '2026-01-06T06:00:00'],
  ['the night when the clocks go forward', null, night, '2026-03-28T23:00:00', '2026-03-29T05:00:00'],
  ['the night when they go back', null, night, '2026-10-24T22:00:00', '2026-10-25T06:00:00'],
  ['in quiet hours by day', null, noon, '2026-01-05T12:59:30', '2026-01-05T13:00:00'],
  ['at their end they are over', null, noon, '2026-01-05T13:00:00', null],
  ['hourly', 'hourly' as const, null, '2026-01-05T12:10:00', '2026-01-05T13:00:00'],
  ['hourly, on the hour: the next one', 'hourly' as const, null, '2026-01-05T12:00:00', '2026-01-05T13:00:00'],
  ['daily, today', { minutes: 540, timezone: BERLIN }, null, '2026-01-05T07:00:00', '2026-01-05T08:00:00'],
  ['daily, tomorrow', { minutes: 540, timezone: BERLIN }, null, '2026-01-05T08:00:00', '2026-01-06T08:00:00'],
  ['hourly at night: in the morning', 'hourly' as const, night, '2026-01-05T22:30:00', '2026-01-06T06:00:00'],
])('%s', (_, digest, quiet, now, release) => {
  expect(releaseAt({ digest, quiet }, at(now))).toEqual(release === null ? null : at(release));
});
