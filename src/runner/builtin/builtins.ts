import type { BuiltinResolved } from '../actions/action.ts';

const BUILTINS: Readonly<Record<string, BuiltinResolved>> = {};

/** The built-in action of a name like `actions/cache/save`, whatever its version; undefined if there is none. */
export function builtinFor(name: string): BuiltinResolved | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(BUILTINS, key) ? BUILTINS[key] : undefined;
}
