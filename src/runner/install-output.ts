import type { OutputListener } from './log-writer.ts';

/** So much of the end of what an install printed is looked at, in bytes: npm ends with the reason. */
const TAIL_BYTES = 16_384;

/** What npm, pnpm, yarn, pip, uv, Poetry and curl say of a server that cannot be reached; nothing that a wrong name or version makes them say. */
const UNREACHABLE = new RegExp(
  [
    '\\b(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\\b',
    'Could not resolve host[^\\n]*|Name or service not known|Temporary failure in name resolution|Network is unreachable',
    'Failed to establish a new connection|dns error[^\\n]*|Connection refused|Connection timed out',
  ].join('|'),
  'i',
);

/** Looks at what an install prints, for whoever looks at the output anyway. */
export class InstallOutput implements OutputListener {
  readonly #next: OutputListener;
  #tail = Buffer.alloc(0);

  constructor(next: OutputListener) {
    this.#next = next;
  }

  output(bytes: Buffer): void {
    this.#tail = Buffer.concat([this.#tail, bytes]).subarray(-TAIL_BYTES);
    this.#next.output(bytes);
  }

  endOutput(): void {
    this.#next.endOutput();
  }

  /** What it said of a server that it did not reach; undefined: nothing. */
  get unreachable(): string | undefined {
    return UNREACHABLE.exec(this.#tail.toString('utf8'))?.[0];
  }
}
