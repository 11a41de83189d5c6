import { markOf } from '../../../src/model/log-marks.ts';
import { harmless } from '../harmless.ts';
import { basicColour, type Colour, indexedColour, nearestColour } from './colours.ts';

/** A piece of a line, and the classes that it is drawn with; empty for plain text. */
export interface Piece {
  readonly text: string;
  readonly className: string;
}

/** How the terminal would write now. */
interface Style {
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly strike: boolean;
  /** Text and background change places. */
  readonly inverse: boolean;
  readonly color: Colour;
  readonly background: Colour;
}

const PLAIN: Style = {
  ...{ bold: false, dim: false, italic: false, underline: false, strike: false, inverse: false },
  ...{ color: 0, background: 0 },
};

/** Colour sequences (group 1), and all that a terminal could be told besides: cursor, title, links, clipboard. */
const SEQUENCE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /\u001b\[([0-9;:]*)m|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b\]|\u009d)[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)|\u001b[PX^_][^\u001b]*\u001b\\|\u001b[ -/]*[0-~]|\u001b/g;

/**
 * A line of a log in pieces of one style each. Colours become classes, every other sequence is taken out, links of
 * terminals included, and characters that change how other text reads become visible marks.
 */
export function piecesOf(line: string): Piece[] {
  const pieces: Piece[] = [];
  let style = PLAIN;
  let from = 0;
  const add = (text: string) => {
    if (text !== '') pieces.push({ text: harmless(text), className: classesOf(style) });
  };
  for (const match of line.matchAll(SEQUENCE)) {
    add(line.slice(from, match.index));
    if (match[1] !== undefined) style = restyle(style, match[1]);
    from = match.index + match[0].length;
  }
  add(line.slice(from));
  return pieces;
}

function classesOf(style: Style): string {
  const { inverse } = style;
  const color = inverse ? style.background : style.color;
  // what has no colour of its own is turned round, too
  const background = inverse ? style.color || 7 : style.background;
  return [
    style.bold && 'b',
    style.dim && 'd',
    style.italic && 'i',
    style.underline && 'u',
    style.strike && 's',
    color > 0 && `f${color}`,
    background > 0 && `g${background}`,
  ]
    .filter((name) => name !== false)
    .join(' ');
}

function restyle(before: Style, parameters: string): Style {
  const parts = parameters.split(';');
  let style = before;
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at] ?? '';
    if (part.includes(':')) {
      style = applyUnit(style, part);
      continue;
    }
    const code = Number(part);
    if (code === 38 || code === 48) {
      // one of 256 colours, or red, green and blue
      const [kind, ...values] = parts.slice(at + 1, at + 5).map(Number);
      style = withColour(style, code, kind === 5, values);
      at += kind === 5 ? 2 : 4;
    } else style = applyCode(style, code);
  }
  return style;
}

/** A code with all that belongs to it, by colons: `38:5:n`, `38:2:r:g:b` or with a space of colours before red, `4:n`. */
function applyUnit(style: Style, unit: string): Style {
  const [code, kind, ...values] = unit.split(':').map(Number);
  if (code === 4) return { ...style, underline: kind !== 0 };
  if (code !== 38 && code !== 48) return style;
  if (kind === 5) return withColour(style, code, true, values);
  return kind === 2 ? withColour(style, code, false, values.length > 3 ? values.slice(1) : values) : style;
}

function withColour(style: Style, code: 38 | 48, isIndexed: boolean, values: readonly number[]): Style {
  const [first = 0, green = 0, blue = 0] = values;
  const colour = isIndexed ? indexedColour(first) : nearestColour(first, green, blue);
  return { ...style, [code === 38 ? 'color' : 'background']: colour };
}

function applyCode(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 3) return { ...style, italic: true };
  if (code === 4) return { ...style, underline: true };
  if (code === 7) return { ...style, inverse: true };
  if (code === 9) return { ...style, strike: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 23) return { ...style, italic: false };
  if (code === 24) return { ...style, underline: false };
  if (code === 27) return { ...style, inverse: false };
  if (code === 29) return { ...style, strike: false };
  if (code >= 30 && code <= 37) return { ...style, color: basicColour(code - 30) };
  if (code >= 40 && code <= 47) return { ...style, background: basicColour(code - 40) };
  if (code >= 90 && code <= 97) return { ...style, color: basicColour(code - 82) };
  if (code >= 100 && code <= 107) return { ...style, background: basicColour(code - 92) };
  if (code === 39) return { ...style, color: 0 };
  return code === 49 ? { ...style, background: 0 } : style;
}

/** Colours of the marks that a runner leaves in the log. */
const MARK_COLOURS: Readonly<Record<string, string>> = {
  ...{ error: 'f1', warning: 'f3', notice: 'f4', debug: 'd', command: 'f4', section: 'f2' },
};

/** The same with `##[error]` and its kin in words and colours, as people know them. */
export function readable(line: string): Piece[] {
  const mark = markOf(line);
  if (mark === undefined) return piecesOf(line);
  const className = MARK_COLOURS[mark.name] ?? '';
  const rest = piecesOf(mark.rest);
  const plain = rest.map((piece) => (piece.className === '' ? { ...piece, className } : piece));
  return mark.word === '' ? plain : [{ text: mark.word, className }, ...plain];
}

/** A piece of a line in which a search found something. */
export interface MarkedPiece extends Piece {
  readonly isHit: boolean;
}

/** Cuts pieces where `query` stands in their text, also across their borders; capitals count only if it has some. */
export function markHits(pieces: readonly Piece[], query: string): MarkedPiece[] {
  const text = pieces.map((piece) => piece.text).join('');
  const isExact = query !== query.toLowerCase();
  const where = isExact ? text : text.toLowerCase();
  // a text whose length changes with its case cannot be marked by place
  if (query === '' || where.length !== text.length) return pieces.map((piece) => ({ ...piece, isHit: false }));
  const hits: [number, number][] = [];
  for (let at = where.indexOf(query); at >= 0; at = where.indexOf(query, at + query.length))
    hits.push([at, at + query.length]);
  const marked: MarkedPiece[] = [];
  let start = 0;
  for (const { text: part, className } of pieces) {
    const end = start + part.length;
    let from = start;
    for (const [hitStart, hitEnd] of hits) {
      if (hitEnd <= from || hitStart >= end) continue;
      const [a, b] = [Math.max(hitStart, from), Math.min(hitEnd, end)];
      if (a > from) marked.push({ text: text.slice(from, a), className, isHit: false });
      marked.push({ text: text.slice(a, b), className, isHit: true });
      from = b;
    }
    if (from < end) marked.push({ text: text.slice(from, end), className, isHit: false });
    start = end;
  }
  return marked;
}
