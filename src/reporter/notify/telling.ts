import { digest } from './digest.ts';
import type { Notice } from './notice.ts';

/** One message as it is shown, whoever shows it. */
export interface Telling {
  /** One, or the parts of a digest; the broken ones first. */
  readonly notices: readonly Notice[];
  /** How many more there were that a later one overtook. */
  readonly earlier: number;
  /** Which rule this comes from, in words. */
  readonly why: string;
}

/** Most notices that one message shows. */
export const MAX_NOTICES = 20;

/** A message of all that came up, the oldest first. */
export function tellingOf(notices: readonly Notice[], why: string): Telling {
  return { ...digest(notices), why };
}

/** Those that are shown, and how many are not. */
export function shownOf({ notices }: Telling, most = MAX_NOTICES): { shown: readonly Notice[]; more: number } {
  return { shown: notices.slice(0, most), more: Math.max(0, notices.length - most) };
}
