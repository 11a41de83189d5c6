import { oneLine } from './harmless.ts';

/** So many are named; of more it is said how many there are. */
const MOST = 12;

/** `2 jobs run again: build, test`. */
export function jobNames(what: string, names: readonly string[]): string {
  const shown = names.slice(0, MOST).map((name) => oneLine(name));
  const more = names.length > MOST ? ` and ${names.length - MOST} more` : '';
  const count = names.length === 1 ? '1 job' : `${names.length} jobs`;
  return `${count} ${what}${shown.length === 0 ? '' : `: ${shown.join(', ')}${more}`}`;
}
