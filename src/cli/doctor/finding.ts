/** What a check of `doctor` found. */
export interface Finding {
  /** What was looked at: `git`, `home`, `hook of local/app`. */
  readonly name: string;
  /** `warn`: it works, and something is better mended. `bad`: it does not work as it has to. */
  readonly level: 'ok' | 'note' | 'warn' | 'bad';
  /** What was found. */
  readonly words: string;
  /** What to do; null where nothing has to be done. */
  readonly remedy: string | null;
}

/** All is as it has to be. */
export function ok(name: string, words: string): Finding {
  return { name, level: 'ok', words, remedy: null };
}

/** Nothing is wrong, and one may want to know. */
export function note(name: string, words: string, remedy: string | null = null): Finding {
  return { name, level: 'note', words, remedy };
}

/** It works, and something is better mended. */
export function warn(name: string, words: string, remedy: string): Finding {
  return { name, level: 'warn', words, remedy };
}

/** It does not work as it has to. */
export function bad(name: string, words: string, remedy: string): Finding {
  return { name, level: 'bad', words, remedy };
}
