/*
 * Marks that a runner leaves at the beginning of lines in the log: `##[error]`, and what people see instead.
 */

const MARK = /^##\[(\w+)\](.*)$/s;

/** Words that stand for a mark; '': what follows it says enough. */
const WORDS: Readonly<Record<string, string>> = {
  error: 'Error: ',
  warning: 'Warning: ',
  notice: 'Notice: ',
  debug: '',
  command: '',
  section: '',
  group: '▾ ',
  endgroup: '',
};

/** The mark of a line, the word that stands for it, and the rest; undefined: it has none that is known. */
export function markOf(
  line: string,
): { readonly name: string; readonly word: string; readonly rest: string } | undefined {
  const [, name, rest = ''] = MARK.exec(line) ?? [];
  const word = name !== undefined && Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
  return name === undefined || word === undefined ? undefined : { name, word, rest };
}

/** A line with its mark in words. */
export function withoutMark(line: string): string {
  const mark = markOf(line);
  return mark === undefined ? line : mark.word + mark.rest;
}

/** The end of a group, which is nothing to see. */
export function isGroupEnd(line: string): boolean {
  return markOf(line)?.name === 'endgroup';
}
