/** A workflow command: `::name key=value,key=value::data`. */
export interface WorkflowCommand {
  /** In lower case. */
  readonly name: string;
  /** By names in lower case, as the documentation writes some and programs others. */
  readonly properties: ReadonlyMap<string, string>;
  readonly data: string;
}

const NAMES = new Set([
  ...['error', 'warning', 'notice', 'debug', 'group', 'endgroup', 'echo', 'stop-commands'],
  ...['add-mask', 'add-matcher', 'remove-matcher', 'set-output', 'save-state', 'set-env', 'add-path'],
]);

/** Can it not be the token that ends a `stop-commands`, as on GitHub? */
export function isCommandName(text: string): boolean {
  return NAMES.has(text.trim().toLowerCase()) || text.trim() === 'pause-logging';
}

/**
 * Reads a line of output. Undefined: it is none of the commands there are. `extra`: one more that counts, the token that
 * ends a `stop-commands`.
 */
export function parseCommandLine(line: string, extra?: string): WorkflowCommand | undefined {
  const isKnown = (name: string) => NAMES.has(name) || name === extra?.toLowerCase();
  return parseColons(line.trimStart(), isKnown) ?? parseBrackets(line, isKnown);
}

function parseColons(line: string, isKnown: (name: string) => boolean): WorkflowCommand | undefined {
  if (!line.startsWith('::')) return undefined;
  const end = line.indexOf('::', 2);
  if (end < 0) return undefined;
  const [name, properties] = splitHead(line.slice(2, end));
  if (!isKnown(name)) return undefined;
  return { name, properties: parseProperties(properties, ','), data: unescapeData(line.slice(end + 2)) };
}

/** The older form: `##[name key=value;key=value]data`, anywhere in the line. */
function parseBrackets(line: string, isKnown: (name: string) => boolean): WorkflowCommand | undefined {
  const start = line.indexOf('##[');
  const end = start < 0 ? -1 : line.indexOf(']', start);
  if (end < 0) return undefined;
  const [name, properties] = splitHead(line.slice(start + 3, end));
  if (!isKnown(name)) return undefined;
  return { name, properties: parseProperties(properties, ';'), data: unescapeData(line.slice(end + 1)) };
}

function splitHead(head: string): [name: string, properties: string] {
  const space = head.indexOf(' ');
  if (space < 0) return [head.toLowerCase(), ''];
  return [head.slice(0, space).toLowerCase(), head.slice(space + 1).trim()];
}

function parseProperties(text: string, separator: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const part of text.split(separator)) {
    const equals = part.indexOf('=');
    if (equals > 0)
      properties.set(part.slice(0, equals).trim().toLowerCase(), unescapeProperty(part.slice(equals + 1)));
  }
  return properties;
}

function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

function unescapeProperty(text: string): string {
  const plain = text.replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%3B', ';').replaceAll('%5D', ']');
  return unescapeData(plain);
}
