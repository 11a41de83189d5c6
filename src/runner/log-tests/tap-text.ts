import { isTap, parseTap } from '../reports/tap.ts';
import type { LogReader, OnTests } from './log-reader.ts';

const VERSION = /^TAP version \d+$/;
const PLAN = /^1\.\.(\d+)(?: |$)/;
const POINT = /^(?:not )?ok(?: \d+)?(?: |$)/;
/** Lines that may stand between test points. */
const INSIDE = /^(?:$|\s|#|pragma |Bail out!)/;
/** Text of one document that is kept, in characters; a longer one is not read. */
const MAX_TEXT = 8 * 1024 * 1024;

/** The Test Anything Protocol, which `node --test` before Node 23, tape, node-tap and bats write into a log. */
export class TapTextReader implements LogReader {
  readonly #onTests: OnTests;
  /** Undefined: no document has begun. */
  #lines: string[] | undefined;
  #size = 0;
  #plan: number | undefined;
  #points = 0;
  /** A plan was seen that would be the first line of a document without a version. */
  #opener: string | undefined;

  constructor(onTests: OnTests) {
    this.#onTests = onTests;
  }

  get owns(): boolean {
    return this.#lines !== undefined;
  }

  get wantsAll(): boolean {
    return this.#lines !== undefined || this.#opener !== undefined;
  }

  line(text: string): boolean {
    const opener = this.#opener;
    this.#opener = undefined;
    if (this.#lines === undefined) return this.#outside(text, opener);
    if (VERSION.test(text)) this.#begin(text);
    else if (this.#isOver(text)) {
      this.#tell();
      return false;
    } else this.#take(text);
    return true;
  }

  end(): void {
    this.#opener = undefined;
    if (this.#lines !== undefined) this.#tell();
  }

  #outside(text: string, opener: string | undefined): boolean {
    if (VERSION.test(text)) this.#begin(text);
    else if (PLAN.test(text)) this.#opener = text;
    else if (opener !== undefined && POINT.test(text)) {
      this.#begin(opener);
      this.#take(text);
    } else return false;
    return true;
  }

  #begin(text: string): void {
    if (this.#lines !== undefined) this.#tell();
    this.#lines = [];
    this.#size = 0;
    this.#points = 0;
    this.#plan = undefined;
    this.#take(text);
  }

  #take(text: string): void {
    const [, plan] = PLAN.exec(text) ?? [];
    if (plan !== undefined) this.#plan ??= Number(plan);
    else if (POINT.test(text)) this.#points++;
    this.#size += text.length + 1;
    if (this.#size <= MAX_TEXT) this.#lines?.push(text);
  }

  /** All that was planned has been told, and something else follows. */
  #isOver(text: string): boolean {
    return (
      this.#plan !== undefined &&
      this.#points >= this.#plan &&
      !INSIDE.test(text) &&
      !POINT.test(text) &&
      !PLAN.test(text)
    );
  }

  #tell(): void {
    const isBare = !VERSION.test(this.#lines?.[0] ?? '');
    const text = `${this.#lines?.join('\n')}\n`;
    const isWhole = this.#size <= MAX_TEXT && this.#plan !== undefined && this.#points === this.#plan;
    this.#lines = undefined;
    if (isWhole && this.#points > 0 && isTap(text)) this.#onTests({ drafts: parseTap(text), isBare });
  }
}
