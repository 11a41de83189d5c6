import { nearest } from '../support/nearest.ts';
import { UsageError } from './usage-error.ts';

/** The value of an option that takes a whole number; undefined if it was not given. */
export function wholeNumber(flag: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${flag} is "${text}"; it must be a whole number from ${min} to ${max}`);
}

/** The value of an option that takes one of some words; undefined if it was not given. */
export function oneOf<Word extends string>(
  flag: string,
  text: string | undefined,
  words: readonly Word[],
): Word | undefined {
  if (text === undefined) return undefined;
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  const near = nearest(text, words);
  const meant = near === undefined ? '' : ` (did you mean ${near}?)`;
  throw new UsageError(`${flag} is "${text}"; it must be one of ${words.join(', ')}${meant}`);
}
