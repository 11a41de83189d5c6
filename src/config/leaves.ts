import * as z from 'zod';

/*
 * What values of `signalbox.yml` are made of. Each carries, as its error, what is accepted there.
 */

export const MAPPING = 'a mapping of keys to values';

export function wholeNumber(min: number, max: number) {
  const accepted = `a whole number from ${min} to ${max}`;
  return z.int(accepted).min(min, accepted).max(max, accepted);
}

export function positiveNumber(max: number, unit: string) {
  const accepted = `a number of ${unit} above 0 and up to ${max}`;
  return z.number(accepted).gt(0, accepted).max(max, accepted);
}

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, `one of ${values.join(', ')}`);
}

export function text(accepted: string) {
  return z.string(accepted).min(1, accepted);
}

/** A single value stands for a list of one. */
export function listOf<Item extends z.ZodType>(item: Item, accepted: string) {
  return z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(item, accepted));
}

export const url = (accepted: string, protocols: RegExp) => z.url({ protocol: protocols, error: accepted });

export const path = text('the path of a file');
