/** What a file like `GITHUB_OUTPUT` says, in its order; or why it says nothing, in words. */
export type KeyValues =
  | { readonly entries: readonly (readonly [name: string, value: string])[] }
  | { readonly error: string };

/** Reads `name=value` lines and `name<<DELIMITER` blocks. One line that is neither spoils the file, as on GitHub. */
export function parseKeyValues(text: string): KeyValues {
  const entries: [string, string][] = [];
  const lines = new Lines(text);
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    if (line === '') continue;
    const entry = parseEntry(line, lines);
    if ('error' in entry) return entry;
    entries.push(entry.entry);
  }
  return { entries };
}

type Entry = { readonly entry: [string, string] } | { readonly error: string };

function parseEntry(line: string, lines: Lines): Entry {
  const equals = line.indexOf('=');
  const heredoc = line.indexOf('<<');
  if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
    const name = line.slice(0, equals);
    if (name === '') return { error: `Invalid format '${shown(line)}': there is no name before the =` };
    return { entry: [name, line.slice(equals + 1)] };
  }
  if (heredoc < 0) return { error: `Invalid format '${shown(line)}': it is neither name=value nor name<<DELIMITER` };
  return parseBlock(line.slice(0, heredoc), line.slice(heredoc + 2), lines, line);
}

function parseBlock(name: string, delimiter: string, lines: Lines, line: string): Entry {
  if (name === '' || delimiter === '')
    return { error: `Invalid format '${shown(line)}': name and delimiter must not be empty` };
  const start = lines.at;
  let end = start;
  for (let next = lines.next(); next !== delimiter; next = lines.next()) {
    if (next === undefined)
      return { error: `Invalid value of '${name}': the line '${shown(delimiter)}' that should end it is missing` };
    end = lines.at - 1;
  }
  return { entry: [name, lines.between(start, end)] };
}

/** The paths in a file like `GITHUB_PATH`. */
export function parsePaths(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}

class Lines {
  readonly #text: string;
  /** Where the next line begins. */
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next line without its end; undefined after the last. */
  next(): string | undefined {
    if (this.at >= this.#text.length) return undefined;
    const start = this.at;
    const newline = this.#text.indexOf('\n', start);
    this.at = newline < 0 ? this.#text.length + 1 : newline + 1;
    return this.#text.slice(start, newline < 0 ? undefined : newline);
  }

  between(start: number, end: number): string {
    return end > start ? this.#text.slice(start, end) : '';
  }
}

function shown(line: string): string {
  return line.length > 100 ? `${line.slice(0, 100)}…` : line;
}
