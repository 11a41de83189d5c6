import { MaskAutomaton, type Stretch } from './mask-automaton.ts';
import { maskForms } from './mask-forms.ts';

const STARS = Buffer.from('***');
const NOTHING = Buffer.alloc(0);

/** The secrets of one execution: what they are replaced by is `***`, and several that touch are one. */
export class Masks {
  readonly #patterns = new Map<string, Buffer>();
  #automaton: MaskAutomaton | undefined;

  /** Masks a value in all its forms from now on; one of white space only is none. */
  add(secret: string): void {
    for (const form of maskForms(secret)) {
      if (this.#patterns.has(form)) continue;
      this.#patterns.set(form, Buffer.from(form));
      this.#automaton = undefined;
    }
  }

  /** Is there none? */
  get isEmpty(): boolean {
    return this.#patterns.size === 0;
  }

  /** A text that is complete. */
  mask(text: string): string {
    if (this.isEmpty) return text;
    const bytes = Buffer.from(text);
    const { stretches } = this.automaton.search(bytes);
    return stretches.length === 0 ? text : replaced(bytes, bytes.length, stretches, false).toString();
  }

  /** Made when it is first needed after a change. */
  get automaton(): MaskAutomaton {
    this.#automaton ??= new MaskAutomaton([...this.#patterns.values()]);
    return this.#automaton;
  }
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
    const { stretches, open } = this.#masks.automaton.search(bytes);
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
