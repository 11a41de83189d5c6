import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';

/** Shorter texts gain nothing from being packed. */
const PACK_FROM_BYTES = 1_024;
const pack = promisify(gzip);

/** A text that many ask for: packed once, and not sent to who has it. */
export class PackedText {
  readonly #text: string;
  readonly #etag: string;
  #packed: Promise<Buffer> | undefined;

  constructor(text: string) {
    this.#text = text;
    this.#etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  }

  /** Answers with it; 304 where `If-None-Match` names it. The type is set already. */
  async send(request: Request, response: Response): Promise<void> {
    response.set('ETag', this.#etag).vary('Accept-Encoding');
    if (request.fresh) return void response.status(304).end();
    this.#packed ??= pack(this.#text, { level: 4 });
    await sendPacked(request, response, this.#text, () => this.#packed ?? pack(this.#text));
  }
}

/** Answers with a text, packed if whoever asks takes that. */
export async function sendPacked(
  request: Request,
  response: Response,
  text: string,
  packed: () => Promise<Buffer> = () => pack(text, { level: 4 }),
): Promise<void> {
  response.vary('Accept-Encoding');
  if (text.length < PACK_FROM_BYTES || request.acceptsEncodings(['gzip', 'identity']) !== 'gzip')
    return void response.send(text);
  response.set('Content-Encoding', 'gzip').send(await packed());
}
