import { digest } from './digest.ts';
import type { NotifyBody } from './message-body.ts';
import type { Notice } from './notice.ts';
import { count } from './words.ts';

/** One message as it is shown, whoever shows it. */
export interface Telling {
  /** One, or the parts of a digest; the broken ones first. */
  readonly notices: readonly Notice[];
  /** How many more there were that a later one overtook. */
  readonly earlier: number;
  /** Which rule this comes from, in words. */
  readonly why: string;
  /** Why it did not come at once, in words; null: it did, or its rule wants it so. */
  readonly note: string | null;
}

/** Most notices that one message shows. */
export const MAX_NOTICES = 20;

/** A message of all that came up, the oldest first. */
export function tellingOf(notices: readonly Notice[], why: string, note: string | null = null): Telling {
  return { ...digest(notices), why, note };
}

/** The same, of what waited in the outbox. */
export function tellingOfBodies(bodies: readonly [NotifyBody, ...NotifyBody[]]): Telling {
  const note = bodies.find((body) => body.note !== null)?.note ?? null;
  return tellingOf(
    bodies.map((body) => body.notice),
    bodies[0].why,
    note,
  );
}

/** Those that are shown, and how many are not. */
export function shownOf({ notices }: Telling, most = MAX_NOTICES): { shown: readonly Notice[]; more: number } {
  return { shown: notices.slice(0, most), more: Math.max(0, notices.length - most) };
}

/** What is said of those that are not shown, and of why they came together; `more`: how many there was no room for. */
export function restOf({ earlier, note }: Telling, more: number): readonly string[] {
  return [
    ...(more > 0 ? [`And ${count(more, 'more change')}; see the page.`] : []),
    ...(earlier > 0 ? [`${count(earlier, 'earlier verdict')} left out.`] : []),
    ...(note === null ? [] : [note]),
  ];
}
