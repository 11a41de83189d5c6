import { connect } from 'node:net';
import { isUnittestVerdict } from '../model/unittest-text.ts';
import { CiError } from '../support/ci-error.ts';

/** What the chapter's programs say to a dispatcher, each on a connection of its own. */
export type ClassicRequest =
  | { readonly type: 'status' }
  | { readonly type: 'register'; readonly host: string; readonly port: number }
  | { readonly type: 'dispatch'; readonly sha: string }
  | { readonly type: 'results'; readonly sha: string; readonly text: Buffer };

/** What a dispatcher says to a test runner. */
export type ClassicCommand = { readonly type: 'ping' } | { readonly type: 'runtest'; readonly sha: string };

/** Ports on which the chapter's test runners listen. */
export const CLASSIC_RUNNER_PORTS = { first: 8900, last: 9000 } as const;

/** Largest `results` text, in bytes; the chapter keeps 128 kB and loses the rest. */
export const MAX_CLASSIC_RESULT_BYTES = 256 * 1024 * 1024;

/** Most characters of a verdict's line that are repeated. */
const MAX_REASON = 300;

/** Longest head of a message (all but the text of `results`), in bytes. */
const MAX_HEAD_BYTES = 1024;

/** Bytes on a classic connection are no message of the chapter's protocol. */
export class BadClassicMessageError extends CiError {
  override readonly name = 'BadClassicMessageError';
  readonly code = 'E_BAD_CLASSIC_MESSAGE';
  constructor(what: string) {
    super(`${what}; known are status, register:HOST:PORT, dispatch:SHA and results:SHA:LENGTH:TEXT`);
  }
}

/** The other side of a classic conversation did not answer. `hasHungUp`: it is there, and closed the connection. */
export class NoClassicAnswerError extends CiError {
  override readonly name = 'NoClassicAnswerError';
  readonly code = 'E_NO_CLASSIC_ANSWER';
  readonly hasHungUp: boolean;
  constructor(where: string, what: string, hasHungUp: boolean, options?: ErrorOptions) {
    const why = hasHungUp ? 'it closed the connection' : 'it is probably not running any more';
    super(`no answer to "${what}" from ${where}; ${why}`, options);
    this.hasHungUp = hasHungUp;
  }
}

/**
 * Reads one message from a connection that has no terminators. The client waits for the answer before it closes, so
 * the end of a message is in the message itself: `status` ends at the word, `dispatch` at its 40 (or 64) hex digits,
 * `results` by its length. Only `register` ends by nothing but the end of the stream, or silence: see `atSilence`.
 */
export class ClassicReader {
  #head: Buffer = Buffer.alloc(0);
  #text: { sha: string; bytes: number; parts: Buffer[]; left: number } | undefined;

  /**
   * Takes the bytes that arrived; the message once it is complete.
   * @throws {BadClassicMessageError} if they cannot become one.
   */
  push(bytes: Buffer): ClassicRequest | undefined {
    if (this.#text !== undefined) return this.#takeText(bytes);
    this.#head = Buffer.concat([this.#head, bytes]);
    const head = this.#head.toString('latin1');
    if (/^status/.test(head)) return { type: 'status' };
    const dispatch = /^dispatch:([0-9a-f]{64}|[0-9a-f]{40})/.exec(head);
    if (dispatch?.[1] !== undefined) return { type: 'dispatch', sha: dispatch[1] };
    const results = /^results:([0-9a-f]{40,64}):(\d+):/.exec(head);
    if (results !== null) return this.#beginText(results);
    if (this.#head.length > MAX_HEAD_BYTES) throw new BadClassicMessageError('a message is too long');
    this.#refuseGarbage(head);
    return undefined;
  }

  /** What has arrived when nothing more comes: the one message that ends so, if it is one. */
  atSilence(): ClassicRequest | undefined {
    const register = /^register:([A-Za-z0-9_.-]*):(\d{1,5})\s*$/.exec(this.#head.toString('latin1'));
    if (register === null) return undefined;
    const port = Number(register[2]);
    if (port < 1 || port > 65_535) throw new BadClassicMessageError(`${port} is no port`);
    return { type: 'register', host: register[1] || '127.0.0.1', port };
  }

  #refuseGarbage(head: string): void {
    const couldBecome = ['status', 'dispatch:', 'results:', 'register:'].some(
      (word) => head.startsWith(word) || word.startsWith(head),
    );
    if (!couldBecome) throw new BadClassicMessageError(`"${head.slice(0, 40)}" is no classic message`);
  }

  #beginText(results: RegExpExecArray): ClassicRequest | undefined {
    const [start, sha = '', digits] = results;
    const bytes = Number(digits);
    if (bytes > MAX_CLASSIC_RESULT_BYTES) throw new BadClassicMessageError(`results of ${bytes} bytes are too long`);
    this.#text = { sha, bytes, parts: [], left: bytes };
    return this.#takeText(this.#head.subarray(start.length));
  }

  #takeText(bytes: Buffer): ClassicRequest | undefined {
    const text = this.#text;
    if (text === undefined) return undefined;
    text.parts.push(bytes);
    text.left -= bytes.length;
    if (text.left > 0) return undefined;
    return { type: 'results', sha: text.sha, text: Buffer.concat(text.parts).subarray(0, text.bytes) };
  }
}

/** Reads what a dispatcher says to a test runner; undefined while it is not complete. */
export function parseClassicCommand(bytes: Buffer): ClassicCommand | undefined {
  const text = bytes.toString('latin1');
  if (text.startsWith('ping')) return { type: 'ping' };
  const runtest = /^runtest:([0-9a-f]{64}|[0-9a-f]{40})/.exec(text);
  if (runtest?.[1] !== undefined) return { type: 'runtest', sha: runtest[1] };
  if (text.length > MAX_HEAD_BYTES) throw new BadClassicMessageError('a command is too long');
  return undefined;
}

/** Encodes `results`. */
export function encodeResults(sha: string, text: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`results:${sha}:${text.length}:`), text]);
}

/**
 * Says one thing on a connection of its own and returns the answer (at most 1 kB, as the chapter's).
 * @throws {NoClassicAnswerError} if the connection fails, or there is no answer within `timeoutMs` (default 5 000).
 */
export function askClassic(host: string, port: number, message: string | Buffer, timeoutMs = 5_000): Promise<string> {
  return new Promise((resolve, reject) => {
    let hasHungUp = false;
    const [what = ''] = /^[^:]*(?::[^:]{0,64})?/.exec(message.toString('latin1', 0, 100)) ?? [];
    const fail = (cause?: unknown) => {
      socket.destroy();
      reject(new NoClassicAnswerError(`${host}:${port}`, what, hasHungUp, { cause }));
    };
    const socket = connect({ host, port }, () => socket.write(message));
    socket.setTimeout(timeoutMs, fail);
    socket.on('error', fail);
    socket.on('end', () => {
      hasHungUp = true;
      fail();
    });
    socket.on('data', (answer) => {
      socket.destroy();
      resolve(answer.toString('latin1').trim());
    });
  });
}

/** The line of Python's unittest that says how it went, which is its last: `OK`, `FAILED (failures=1)`. */
export function unittestLine(text: string): string | undefined {
  const line = text
    .trimEnd()
    .split('\n')
    .findLast((one) => isUnittestVerdict(one) || one.startsWith('ERROR ('));
  return line?.trim();
}

/**
 * The verdict in the text of Python's unittest: its last line is `OK` or `FAILED (…)`. Our own classic runner says
 * `ERROR (…)` there when the tests could not be asked; unittest has no such line.
 */
export function verdictOfUnittest(text: string): {
  readonly conclusion: 'success' | 'failure' | 'error';
  readonly reason: string | null;
} {
  const line = unittestLine(text)?.slice(0, MAX_REASON);
  if (line === undefined)
    return { conclusion: 'error', reason: 'the results hold no verdict of unittest (OK or FAILED)' };
  if (line.startsWith('OK')) return { conclusion: 'success', reason: null };
  if (line.startsWith('ERROR')) return { conclusion: 'error', reason: `the classic runner said: ${line}` };
  return { conclusion: 'failure', reason: `unittest said: ${line}` };
}
