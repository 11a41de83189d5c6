import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Commits of the fixtures: where a push or a head leads, where it was or what it goes into, and what a merge made. */
export const SHA = {
  head: `11111111${'a'.repeat(32)}`,
  base: `22222222${'b'.repeat(32)}`,
  merge: `33333333${'c'.repeat(32)}`,
} as const;

/** A payload of `tests/fixtures/forges`, as text; its repository is `acme/app`. */
export function fixture(forge: string, name: string): string {
  return readFileSync(join(import.meta.dirname, '../fixtures/forges', forge, `${name}.json`), 'utf8');
}
