import { messageOf } from '../support/ci-error.ts';
import { SinkDownError } from './message.ts';

/** An answer that was read. */
export interface ForgeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Most bytes of an answer that are read; the rest is dropped. */
const MAX_BYTES = 256 * 1024;

/**
 * Posts JSON to the API of a forge. Redirects are not followed: the token would go where nobody meant it to.
 * @throws {SinkDownError} it does not answer.
 */
export async function postJson(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
  signal: AbortSignal,
): Promise<ForgeResponse> {
  const { host } = new URL(url);
  try {
    const response = await fetch(url, {
      ...{ method: 'POST', redirect: 'manual', signal, body: JSON.stringify(body) },
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': 'signalbox',
        ...headers,
      },
    });
    const text = await firstOf(response);
    return { status: response.status, headers: Object.fromEntries(response.headers), body: text };
  } catch (cause) {
    const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
    throw new SinkDownError(`${host} does not answer (${messageOf(inner)})`, { cause });
  }
}

async function firstOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    size += part.length;
    if (size > MAX_BYTES) break; // which ends the connection
  }
  return Buffer.concat(parts).subarray(0, MAX_BYTES).toString('utf8');
}
