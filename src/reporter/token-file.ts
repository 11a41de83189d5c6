import { readFile } from 'node:fs/promises';
import { messageOf } from '../support/ci-error.ts';
import { SinkDownError } from './message.ts';

/** The token in a file, read at each use, so that a new one counts at once. @throws {SinkDownError} there is none. */
export async function tokenIn(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new SinkDownError(`the token in ${path} cannot be read (${messageOf(cause)})`, { cause });
  }
  const token = (text.split('\n', 1)[0] ?? '').trim();
  // a line break in it would make a header of its own
  if (/^[\x21-\x7e]{1,10000}$/.test(token)) return token;
  throw new SinkDownError(`${path} holds no token: its first line has to be letters, digits and signs`);
}
