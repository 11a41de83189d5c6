import type { Digest, NotifyRule, QuietHours } from '../../config/notify.ts';

const MINUTE_MS = 60_000;
const DAY = 24 * 60;

/** When a message of this rule may go out; null: at once. */
export function releaseAt({ digest, quiet }: Pick<NotifyRule, 'digest' | 'quiet'>, now: Date): Date | null {
  const planned = digest === null ? now : nextDigest(digest, now);
  const end = quiet === null ? null : endOfQuiet(quiet, planned);
  if (end !== null) return end;
  return digest === null ? null : planned;
}

/** The next moment of a digest, always later than `now`. */
function nextDigest(digest: Digest, now: Date): Date {
  if (digest === 'hourly') return new Date((Math.floor(+now / 3_600_000) + 1) * 3_600_000);
  return nextTime(digest.minutes, digest.timezone, now);
}

/** When the quiet hours that `at` is in are over; null: it is in none. */
function endOfQuiet({ from, to, timezone }: QuietHours, at: Date): Date | null {
  const minutes = minutesOf(at, timezone);
  const isQuiet = from <= to ? minutes >= from && minutes < to : minutes >= from || minutes < to;
  return isQuiet ? nextTime(to, timezone, at) : null;
}

/**
 * The next moment after `from` at which a clock in that zone shows so many minutes after midnight. On the night when the
 * clocks change, and that time is left out, it is an hour off, as clocks are.
 */
function nextTime(minutes: number, timezone: string, from: Date): Date {
  const start = Math.floor(+from / MINUTE_MS) * MINUTE_MS;
  const wait = (minutes - minutesOf(from, timezone) + DAY) % DAY || DAY;
  const guess = start + wait * MINUTE_MS;
  // between now and then the clocks may have changed
  const off = ((minutes - minutesOf(new Date(guess), timezone) + DAY + DAY / 2) % DAY) - DAY / 2;
  const right = guess + off * MINUTE_MS;
  return new Date(right > +from ? right : guess);
}

/** What a clock in that zone shows, in minutes after midnight. */
function minutesOf(at: Date, timezone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: timezone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0);
  return part('hour') * 60 + part('minute');
}
