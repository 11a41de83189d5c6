import stringWidth from 'fast-string-width';

/** A colour, or one grapheme: what is counted as one when a text is cut. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: our own colours take no room
const COLOUR = /\u001b\[[0-9;:]*m/y;
let graphemes: Intl.Segmenter | undefined; // 8 ms to make: only for who cuts a text

/** How many columns of a terminal a text takes: colours none, wide characters and emoji two. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** The text followed by spaces, so that it takes `width` columns; one that takes more stays as it is. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** The same with the spaces before it. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

/** Cuts a text that takes more than `width` columns, with `…` at its end. Its colours end where they would have. */
export function clip(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width <= 0) return '';
  let room = width - 1;
  let out = '';
  let isCut = false;
  for (const part of parts(text)) {
    const isColour = part.startsWith('\u001b[');
    const takes = isColour ? 0 : widthOf(part);
    if (!isColour && !isCut && takes > room) {
      out += '…';
      isCut = true;
    }
    if (isColour || !isCut) out += part;
    room -= takes;
  }
  return out;
}

function* parts(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    COLOUR.lastIndex = at;
    const [colour] = COLOUR.exec(text) ?? [];
    if (colour !== undefined) {
      yield colour;
      at += colour.length;
      continue;
    }
    const next = text.indexOf('\u001b', at + 1);
    const plain = text.slice(at, next < 0 ? undefined : next);
    graphemes ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
    for (const { segment } of graphemes.segment(plain)) yield segment;
    at += plain.length;
  }
}

/** Cuts a path at its beginning, where its folders are: `…/test/retry.test.ts:142`. File and line stay whole. */
export function clipPath(path: string, width: number): string {
  if (widthOf(path) <= width) return path;
  const folders = path.split('/');
  const file = folders.pop() ?? '';
  while (folders.length > 0) {
    folders.shift();
    const shorter = ['…', ...folders, file].join('/');
    if (widthOf(shorter) <= width) return shorter;
  }
  return file;
}

/**
 * A text without colours in lines of at most `width` columns, broken between words. A word that is longer stands on a
 * line of its own, uncut: it is a path or an address, which has to be copied whole.
 */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** {@link wrap} with all lines after the first one indented by two; whole where there is no width: in a pipe. */
export function hanging(text: string, width: number | undefined): readonly string[] {
  if (width === undefined) return [text];
  const [first = '', ...more] = wrap(text, width);
  const rest = more.length === 0 ? [] : wrap(more.join(' '), width - 2);
  return [first, ...rest.map((line) => `  ${line}`)];
}
