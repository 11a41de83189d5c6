import { CiError } from '../support/ci-error.ts';

/** Largest frame, in bytes: its length must begin with a zero byte, which tells the native protocol from all others. */
export const MAX_FRAME_BYTES = 2 ** 24 - 1;

/** Most log bytes in one frame; small enough that a heartbeat never waits long behind it. */
export const MAX_LOG_CHUNK_BYTES = 256 * 1024;

const KIND_JSON = 0;
const KIND_LOG = 1;
/** Length (4), kind (1). */
const HEADER_BYTES = 5;
/** Job (6), execution (4), offset (6): all big-endian and unsigned. */
const LOG_HEADER_BYTES = 16;

/** A piece of the log of one execution; `offset` is where it begins, in bytes. */
export interface LogChunk {
  readonly job: number;
  readonly execution: number;
  readonly offset: number;
  readonly bytes: Buffer;
}

/** What one frame holds. */
export type Frame =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'log'; readonly chunk: LogChunk };

/** The bytes that arrived are no frame of this protocol. */
export class BadFrameError extends CiError {
  override readonly name = 'BadFrameError';
  readonly code = 'E_BAD_FRAME';
  constructor(what: string) {
    super(`${what}; the other side does not speak this protocol, or the connection is broken: it is closed`);
  }
}

/**
 * Encodes a control message.
 * @throws {BadFrameError} if it is larger than {@link MAX_FRAME_BYTES}.
 */
export function encodeJson(value: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(value));
  if (body.length + 1 > MAX_FRAME_BYTES) throw new BadFrameError(`a message of ${body.length} bytes is too long`);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(body.length + 1, 0);
  header[4] = KIND_JSON;
  return Buffer.concat([header, body]);
}

/** Encodes the header of a log chunk; the chunk's bytes follow it on the wire, uncopied. */
export function encodeLogHeader(chunk: LogChunk): Buffer {
  const header = Buffer.alloc(HEADER_BYTES + LOG_HEADER_BYTES);
  header.writeUInt32BE(1 + LOG_HEADER_BYTES + chunk.bytes.length, 0);
  header[4] = KIND_LOG;
  header.writeUIntBE(chunk.job, 5, 6);
  header.writeUInt32BE(chunk.execution, 11);
  header.writeUIntBE(chunk.offset, 15, 6);
  return header;
}

/** Cuts a stream of bytes, split anywhere, into frames. */
export class FrameDecoder {
  #parts: Buffer[] = [];
  #size = 0;

  /**
   * Takes the bytes that arrived, returns the frames that are complete.
   * @throws {BadFrameError} if they are not frames; the connection is of no use after that.
   */
  push(bytes: Buffer): Frame[] {
    this.#parts.push(bytes);
    this.#size += bytes.length;
    const frames: Frame[] = [];
    for (let body = this.#take(); body !== undefined; body = this.#take()) frames.push(decode(body));
    return frames;
  }

  #take(): Buffer | undefined {
    if (this.#size < 4) return undefined;
    const head = this.#peek(4);
    if (head[0] !== 0) throw new BadFrameError('a frame does not begin with a zero byte');
    const length = head.readUInt32BE(0);
    if (length < 1) throw new BadFrameError('a frame is empty');
    if (this.#size < 4 + length) return undefined;
    const all = this.#join();
    const rest = all.subarray(4 + length);
    this.#parts = rest.length > 0 ? [rest] : [];
    this.#size = rest.length;
    return all.subarray(4, 4 + length);
  }

  #peek(count: number): Buffer {
    const [first] = this.#parts;
    return first !== undefined && first.length >= count ? first : this.#join();
  }

  #join(): Buffer {
    const [first] = this.#parts;
    if (first !== undefined && this.#parts.length === 1) return first;
    const all = Buffer.concat(this.#parts);
    this.#parts = [all];
    return all;
  }
}

function decode(body: Buffer): Frame {
  if (body[0] === KIND_JSON) return { kind: 'json', value: parseJson(body.subarray(1)) };
  if (body[0] !== KIND_LOG) throw new BadFrameError(`a frame has the unknown kind ${body[0]}`);
  if (body.length < 1 + LOG_HEADER_BYTES) throw new BadFrameError('a log frame is too short');
  const job = body.readUIntBE(1, 6);
  const execution = body.readUInt32BE(7);
  const offset = body.readUIntBE(11, 6);
  return { kind: 'log', chunk: { job, execution, offset, bytes: body.subarray(1 + LOG_HEADER_BYTES) } };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new BadFrameError(`a frame holds no JSON (${cause instanceof Error ? cause.message : cause})`);
  }
}
