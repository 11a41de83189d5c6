import type { LogWriter } from '../log-writer.ts';
import type { StepLog } from '../step-runner.ts';
import { MaskStream, type Masks } from './masker.ts';

const NEWLINE = 0x0a;

/** Stands in front of the log of a workflow's job: nothing gets past it that holds a secret. */
export class MaskedLog implements StepLog {
  readonly #log: LogWriter;
  readonly masks: Masks;
  readonly #stream: MaskStream;
  #isAtLineStart = true;

  constructor(log: LogWriter, masks: Masks) {
    this.#log = log;
    this.masks = masks;
    this.#stream = new MaskStream(masks, (bytes) => log.output(bytes));
  }

  get bytes(): number {
    return this.#log.bytes;
  }

  line(text: string): void {
    this.flush();
    this.#log.line(this.masks.mask(text));
    this.#isAtLineStart = true;
  }

  output(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#isAtLineStart = bytes[bytes.length - 1] === NEWLINE;
    this.#stream.push(bytes);
  }

  /** A line that is made of output, and counts as such. */
  outputLine(text: string): void {
    this.output(Buffer.from(`${this.#isAtLineStart ? '' : '\n'}${text}\n`));
  }

  /** What is held back comes out: whoever wrote it has ended. */
  flush(): void {
    this.#stream.flush();
  }
}
