import type { Digest, QuietHours } from '../config/notify.ts';

/** `22:00 to 07:00 Europe/Berlin`. */
export function quietWords({ from, to, timezone }: QuietHours): string {
  return `${time(from)} to ${time(to)} ${timezone}`;
}

/** `hourly`, or `daily at 08:30 Europe/Berlin`. */
export function digestWords(digest: Digest): string {
  return digest === 'hourly' ? digest : `daily at ${time(digest.minutes)} ${digest.timezone}`;
}

/** `08:30` */
function time(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
