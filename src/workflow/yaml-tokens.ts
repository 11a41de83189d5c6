import { type CST, Lexer, LineCounter, Parser } from 'yaml';

/** Of lists and mappings in one another, as on GitHub. */
export const MAX_DEPTH = 50;
export const TOO_DEEP = `it is nested more than ${MAX_DEPTH} levels deep`;
/** Levels of the YAML parser, of which one of the file takes two or three. */
const MAX_STACK = 250;
/** A file of 1 MiB as people write them has 280,000; more means signs only. */
const MAX_LEXEMES = 300_000;
/** Each makes the file be read again. */
const MAX_REPAIRS = 10;

/** A file in the pieces that documents are composed of, or why it is refused, in words. */
export interface YamlTokens {
  /** As it was read: some lines may be indented more than in the file. */
  readonly text: string;
  readonly lines: LineCounter;
  readonly tokens: readonly CST.Token[] | string;
}

/**
 * Takes a YAML file to pieces; one that is made to cost time is given up early. GitHub does not mind how far the lines of
 * a quoted text, or of what stands in brackets, are indented, and this parser does: it ends them at a line that is not.
 * Their spaces mean nothing, so they get as many as it takes.
 * @param repairs how many of them may be indented; 0: the file as it is.
 */
export function yamlTokens(source: string, repairs = MAX_REPAIRS): YamlTokens {
  let text = source;
  for (let left = repairs; ; left--) {
    const lines = new LineCounter();
    const tokens = tokensOf(text, lines, left > 0);
    if (typeof tokens !== 'number') return { text, lines, tokens };
    const repaired = indentLines(text, tokens);
    if (repaired === undefined) left = 1;
    text = repaired ?? text;
  }
}

/** A number: where something in quotes or brackets begins that the parser ends before it is closed, if that is asked for. */
function tokensOf(text: string, lines: LineCounter, isAsked: boolean): readonly CST.Token[] | string | number {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  const tokens: CST.Token[] = [];
  let [count, offset, previous] = [0, 0, ''];
  let [open, opened] = [0, 0];
  for (const lexeme of new Lexer().lex(text)) {
    if (isAsked && previous !== PLAIN && /^["']/.test(lexeme) && endOfQuote(lexeme, 0) === undefined) return offset;
    if (isAsked && lexeme === FLOW_ENDS && open > 0) return opened;
    if (previous !== PLAIN && (lexeme === '[' || lexeme === '{')) opened = open++ === 0 ? offset : opened;
    else if (previous !== PLAIN && (lexeme === ']' || lexeme === '}')) open--;
    tokens.push(...parser.next(lexeme));
    if (++count > MAX_LEXEMES) return `it has more than ${MAX_LEXEMES} words and signs`;
    if (parser.stack.length > MAX_STACK) return TOO_DEEP;
    if (!SIGNS.has(lexeme)) offset += lexeme.length;
    previous = lexeme;
  }
  tokens.push(...parser.end());
  return tokens;
}

/** What the lexer says of the text beside its pieces; they are not in it. */
const SIGNS = new Set(['\u0002', '\u0018', '\u001f']);
/** Where a line is indented too little for the brackets that it stands in. */
const FLOW_ENDS = '\u0018';
/** Before a text without quotes, whatever it begins with. */
const PLAIN = '\u001f';

/** Undefined if what begins there in quotes or brackets is never closed. */
function indentLines(text: string, start: number): string | undefined {
  const end = /["']/.test(text[start] ?? '') ? endOfQuote(text, start) : endOfBrackets(text, start);
  if (end === undefined) return undefined;
  const column = start - (text.lastIndexOf('\n', start) + 1);
  const lines = text.slice(start, end).replace(/\n(?=[^\r\n])/g, `\n${' '.repeat(column + 1)}`);
  return text.slice(0, start) + lines + text.slice(end);
}

/** Where the quoted text that begins at `start` is over, its last quote included. */
function endOfQuote(text: string, start: number): number | undefined {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (quote === '"' && text[at] === '\\') at++;
    else if (text[at] !== quote) continue;
    else if (quote === "'" && text[at + 1] === quote) at++;
    else return at + 1;
  }
  return undefined;
}

/** Where the list or mapping in brackets that begins at `start` is over, its last bracket included. */
function endOfBrackets(text: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const [sign = '', before = ''] = [text[at], text[at - 1]];
    if (/["']/.test(sign) && /[\s,:[{]/.test(before)) at = (endOfQuote(text, at) ?? text.length) - 1;
    else if (sign === '#' && /\s/.test(before))
      at = text.indexOf('\n', at) < 0 ? text.length : text.indexOf('\n', at) - 1;
    else if (sign === '\n' && /^(?:---|\.\.\.)(?:\s|$)/.test(text.slice(at + 1, at + 5))) return undefined;
    else if (/[[{]/.test(sign)) depth++;
    else if (/[\]}]/.test(sign) && --depth === 0) return at + 1;
  }
  return undefined;
}
