/** Longest escape sequence that is looked at; what goes on longer is thrown away like any other. */
const MAX_COLOUR = 64;

/** Everything but plain text: C0 without tab, newline and return; DEL; C1; and what turns the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const SPECIAL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

type State = 'text' | 'escape' | 'sequence' | 'string' | 'string-escape';

/**
 * Makes text from elsewhere (a log, a title, a branch) fit to be printed, in pieces cut anywhere: without what a terminal
 * would obey (titles, clipboard, cursor, links) and without what turns the direction of writing. Colours stay if
 * `keepColour`.
 */
export class TextCleaner {
  readonly #keepColour: boolean;
  #state: State = 'text';
  #sequence = '';

  constructor(keepColour: boolean) {
    this.#keepColour = keepColour;
  }

  /** The harmless part of what came; a sequence that is not complete waits for the next piece. */
  push(text: string): string {
    let out = '';
    let at = 0;
    while (at < text.length) {
      if (this.#state === 'text') {
        SPECIAL.lastIndex = at;
        const special = SPECIAL.exec(text);
        if (special === null) return out + text.slice(at);
        out += text.slice(at, special.index);
        at = special.index;
      }
      out += this.#take(text.charAt(at));
      at++;
    }
    return out;
  }

  /** Takes one character that is special, or that follows one; what it adds to the output. */
  #take(char: string): string {
    switch (this.#state) {
      case 'text':
        this.#begin(char);
        return '';
      case 'escape':
        if (char === '[') this.#enter('sequence', '\u001b[');
        else if (/[\]PX^_]/.test(char)) this.#enter('string');
        else if (!/[ -/]/.test(char)) this.#enter('text');
        return '';
      case 'sequence':
        return this.#inSequence(char);
      case 'string':
        if (char === '\u0007' || char === '\u009c') this.#enter('text');
        else if (char === '\u001b') this.#enter('string-escape');
        else if (char === '\n') this.#enter('text'); // one that was never ended must not swallow the rest of a log
        return char === '\n' ? char : '';
      case 'string-escape':
        this.#enter('text');
        if (char !== '\\') this.#enter('escape');
        return char === '\\' ? '' : this.#take(char);
      default:
        return this.#state satisfies never;
    }
  }

  #begin(char: string): void {
    if (char === '\u001b') this.#enter('escape');
    else if (char === '\u009b') this.#enter('sequence', '\u001b[');
    else if (/[\u0090\u0098\u009d-\u009f]/.test(char)) this.#enter('string');
  }

  #inSequence(char: string): string {
    if (/[ -?]/.test(char)) {
      if (this.#sequence.length < MAX_COLOUR) this.#sequence += char;
      return '';
    }
    const sequence = this.#sequence + char;
    this.#enter('text');
    const isColour = char === 'm' && /^[0-9;:]*$/.test(sequence.slice(2, -1)) && sequence.length < MAX_COLOUR;
    return isColour && this.#keepColour ? sequence : '';
  }

  #enter(state: State, sequence = ''): void {
    this.#state = state;
    this.#sequence = sequence;
  }
}

/** The same for a text that is there as a whole. */
export function harmless(text: string, keepColour = false): string {
  return new TextCleaner(keepColour).push(text);
}

/** The same, on one line and without colours. */
export function oneLine(text: string): string {
  return harmless(text.replace(/\s+/g, ' ')).trim();
}
