import { harmless } from '../../web/src/harmless.ts';

/** Most characters of a line that are shown; the whole line is in the whole log. */
const MAX_LINE = 16_384;

/** Lines of a log as markup. */
export interface LogLines {
  /** Lines that are whole. The first one replaces the open line of before. */
  readonly done: readonly string[];
  /** The line that has no end yet; empty if there is none. */
  readonly open: string;
}

/** How the terminal would write now. */
interface Style {
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  /** 1 to 7: red, green, yellow, blue, magenta, cyan, white; 0: as usual. */
  readonly color: number;
  readonly background: number;
}

const PLAIN: Style = { bold: false, dim: false, italic: false, underline: false, color: 0, background: 0 };

/** Colour sequences (group 1), and all that a terminal could be told besides: cursor, title, links, clipboard. */
const SEQUENCE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /\u001b\[([0-9;]*)m|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b\]|\u009d)[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)|\u001b[PX^_][^\u001b]*\u001b\\|\u001b[ -/]*[0-~]|\u001b/g;

/**
 * Turns the text of a log into markup, piece by piece. Colours become classes; every other sequence is taken out, links
 * of terminals included. Of a line that was redrawn (`\r`) the last state is shown.
 */
export class LogRenderer {
  #style = PLAIN;
  #line = '';
  #cut = 0;

  /** Takes the next piece of text. */
  push(text: string): LogLines {
    const pieces = text.split('\n');
    const last = pieces.pop() ?? '';
    const done = pieces.map((piece) => {
      this.#add(piece);
      return this.#finishLine();
    });
    this.#add(last);
    return { done, open: this.#show(this.#style).markup };
  }

  #add(text: string): void {
    const room = Math.max(0, MAX_LINE - this.#line.length);
    this.#line += text.slice(0, room);
    this.#cut += Math.max(0, text.length - room);
  }

  #finishLine(): string {
    const { markup, style } = this.#show(this.#style);
    this.#style = style;
    this.#line = '';
    this.#cut = 0;
    return markup;
  }

  #show(before: Style): { markup: string; style: Style } {
    const states = this.#line.replace(/\r+$/, '').split('\r');
    const shown = states.pop() ?? '';
    const start = states.reduce((style, state) => renderLine(state, style).style, before);
    const { markup, style } = renderLine(shown, start);
    const rest = this.#cut > 0 ? `<i class="cutoff">… ${this.#cut} more characters in the whole log</i>` : '';
    return { markup: markup + rest, style };
  }
}

function renderLine(line: string, before: Style): { markup: string; style: Style } {
  let style = before;
  let markup = '';
  let from = 0;
  for (const match of line.matchAll(SEQUENCE)) {
    markup += span(line.slice(from, match.index), style);
    if (match[1] !== undefined) style = restyle(style, match[1]);
    from = match.index + match[0].length;
  }
  return { markup: markup + span(line.slice(from), style), style };
}

function span(text: string, style: Style): string {
  if (text === '') return '';
  const classes = [
    style.bold && 'b',
    style.dim && 'd',
    style.italic && 'i',
    style.underline && 'u',
    style.color > 0 && `f${style.color}`,
    style.background > 0 && `g${style.background}`,
  ].filter((name) => name !== false);
  return classes.length === 0 ? escapeHtml(text) : `<b class="${classes.join(' ')}">${escapeHtml(text)}</b>`;
}

function restyle(before: Style, parameters: string): Style {
  const codes = parameters.split(';').map(Number);
  let style = before;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 38 || code === 48) {
      // one of 256 colours, or red, green and blue: only the basic ones have a class
      const index = codes[at + 1] === 5 ? (codes[at + 2] ?? 0) : 0;
      style = { ...style, [code === 38 ? 'color' : 'background']: index < 16 ? index % 8 : 0 };
      at += codes[at + 1] === 5 ? 2 : 4;
    } else style = applyCode(style, code);
  }
  return style;
}

function applyCode(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 3) return { ...style, italic: true };
  if (code === 4) return { ...style, underline: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 23) return { ...style, italic: false };
  if (code === 24) return { ...style, underline: false };
  if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) return { ...style, color: code % 10 };
  if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) return { ...style, background: code % 10 };
  if (code === 39) return { ...style, color: 0 };
  return code === 49 ? { ...style, background: 0 } : style;
}

function escapeHtml(text: string): string {
  return harmless(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
