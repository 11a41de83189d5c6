import { type Found, MaskAutomaton, type Stretch } from './mask-automaton.ts';
import { maskForms } from './mask-forms.ts';

const STARS = Buffer.from('***');
const NOTHING = Buffer.alloc(0);

/** Most bytes that all forms of all masked values may have: what searches for them takes 20 times that in memory. */
const LIMIT_BYTES = 8 * 1024 * 1024;

const TOO_MUCH = 'more is masked than can be searched for: 8 MiB in all forms';

/** Patterns that are searched for together. */
interface Level {
  readonly patterns: readonly Buffer[];
  readonly automaton: MaskAutomaton;
}

/** The secrets of one execution: what they are replaced by is `***`, and several that touch are one. */
export class Masks {
  readonly #known = new Set<string>();
  /** Patterns that no level has yet. */
  #fresh: Buffer[] = [];
  /** Each has fewer patterns than the one before: so ten thousand masks, added one by one, are not built in anew each time. */
  #levels: Level[] = [];
  #bytes = 0;

  /** Masks a value in all its forms from now on; one of white space only is none. @throws {Error} if there are too many. */
  add(secret: string): void {
    if (secret.length > LIMIT_BYTES) throw new Error(TOO_MUCH);
    const forms = maskForms(secret).filter((form) => !this.#known.has(form));
    for (const form of forms) {
      this.#known.add(form);
      const pattern = Buffer.from(form);
      this.#bytes += pattern.length;
      if (this.#bytes > LIMIT_BYTES) throw new Error(TOO_MUCH);
      this.#fresh.push(pattern);
    }
  }

  /** Is there none? */
  get isEmpty(): boolean {
    return this.#known.size === 0;
  }

  /** A text that is complete. */
  mask(text: string): string {
    if (this.isEmpty) return text;
    const bytes = Buffer.from(text);
    const { stretches } = this.search(bytes);
    return stretches.length === 0 ? text : replaced(bytes, bytes.length, stretches, false).toString();
  }

  /** Where they are in these bytes. */
  search(bytes: Buffer): Found {
    if (this.#fresh.length > 0) this.#build();
    const found = this.#levels.map(({ automaton }) => automaton.search(bytes));
    const [first] = found;
    if (found.length === 1 && first !== undefined) return first;
    return { stretches: united(found), open: Math.max(0, ...found.map(({ open }) => open)) };
  }

  #build(): void {
    let patterns = this.#fresh;
    this.#fresh = [];
    for (let last = this.#levels.at(-1); last !== undefined; last = this.#levels.at(-1)) {
      if (last.patterns.length > patterns.length) break;
      patterns = [...last.patterns, ...patterns];
      this.#levels.pop();
    }
    this.#levels.push({ patterns, automaton: new MaskAutomaton(patterns) });
  }
}

/** The stretches of several searches, in order; those that overlap or touch are one. */
function united(found: readonly Found[]): Stretch[] {
  const all = found.flatMap(({ stretches }) => stretches).sort((a, b) => a.start - b.start);
  const stretches: Stretch[] = [];
  for (const { start, end } of all) {
    const last = stretches.at(-1);
    if (last === undefined || last.end < start) stretches.push({ start, end });
    else stretches.splice(-1, 1, { start: last.start, end: Math.max(last.end, end) });
  }
  return stretches;
}

/**
 * Masks bytes as they come. What may be the beginning of a secret is held back until it is known, and nothing else is:
 * so a line that is not complete yet can be seen, and a secret that comes in pieces cannot.
 */
export class MaskStream {
  readonly #masks: Masks;
  readonly #write: (bytes: Buffer) => void;
  #held: Buffer = NOTHING;
  /** How many of the held bytes belong to a secret whose stars were written. */
  #maskedBytes = 0;
  /** Was the last that was written stars? Then a secret that touches them has them already. */
  #endsInStars = false;

  constructor(masks: Masks, write: (bytes: Buffer) => void) {
    this.#masks = masks;
    this.#write = write;
  }

  /** `bytes` are only lent. */
  push(bytes: Buffer): void {
    if (this.#masks.isEmpty) this.#write(bytes);
    else this.#search(this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]), false);
  }

  /** Nothing comes that could complete what is held back. */
  flush(): void {
    if (this.#held.length > 0) this.#search(this.#held, true);
  }

  #search(bytes: Buffer, isLast: boolean): void {
    const { stretches, open } = this.#masks.search(bytes);
    const size = isLast ? bytes.length : bytes.length - open;
    this.#held = size === bytes.length ? NOTHING : Buffer.from(bytes.subarray(size));
    if (size === 0) return;
    if (this.#maskedBytes > 0) putFirst(stretches, this.#maskedBytes);
    const text = stretches.length === 0 ? bytes.subarray(0, size) : replaced(bytes, size, stretches, this.#endsInStars);
    const last = stretches.find(({ start, end }) => start < size && end >= size);
    this.#maskedBytes = last === undefined ? 0 : last.end - size;
    this.#endsInStars = last !== undefined;
    if (text.length > 0) this.#write(text);
  }
}

/** The first `end` bytes are masked whatever was found in them. */
function putFirst(stretches: Stretch[], end: number): void {
  let last = end;
  while (stretches[0] !== undefined && stretches[0].start <= last) last = Math.max(last, stretches.shift()?.end ?? 0);
  stretches.unshift({ start: 0, end: last });
}

/** The first `size` bytes with stars for the stretches; `isStarred`: those of a first one at 0 were written before. */
function replaced(bytes: Buffer, size: number, stretches: readonly Stretch[], isStarred: boolean): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (const { start, end } of stretches) {
    if (start >= size) break;
    if (start > at) parts.push(bytes.subarray(at, start));
    if (!(isStarred && start === 0)) parts.push(STARS);
    at = Math.min(end, size);
  }
  if (at < size) parts.push(bytes.subarray(at, size));
  return Buffer.concat(parts);
}
