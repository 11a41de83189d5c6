import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CiError, messageOf } from '../support/ci-error.ts';

/** The home folder, or a file in it, cannot be used. */
export class HomeError extends CiError {
  override readonly name = 'HomeError';
  readonly code = 'E_HOME';
}

/** Where a server can be reached; the contents of `<home>/address.json`. */
export interface Address {
  /** `http://127.0.0.1:8080`. */
  readonly http: string;
  /** `127.0.0.1:8888`. */
  readonly dispatcher: string;
  readonly pid: number;
}

/** Makes the home folder, for its owner only. */
export async function makeHome(home: string): Promise<void> {
  try {
    await makeFolder(home);
  } catch (cause) {
    throw new HomeError(`the home folder ${home} cannot be made (${messageOf(cause)}); name another with --home`, {
      cause,
    });
  }
}

/**
 * Step by step: Node's own recursive `mkdir` tries again for ever where a folder is there and takes no new one, and says
 * so by ENOENT, as `/proc` does.
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path, { mode: 0o700 }).catch((again: NodeJS.ErrnoException) => {
      if (again.code !== 'EEXIST') throw again; // two make it at the same time
    });
  }
}

/**
 * The token of a home: who has it may change things, and be a runner. Made at the first call; two that make it at once
 * get the same one.
 */
export async function readToken(home: string): Promise<string> {
  const path = join(home, 'token');
  const held = await tokenIn(path);
  if (held !== undefined) return held;
  const aside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    await writeAll(aside, `${randomBytes(32).toString('hex')}\n`, 0o600);
    // a link is refused if the name is taken, where a rename would replace what the other one has told already
    await link(aside, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } catch (cause) {
    throw new HomeError(`the token ${path} cannot be written (${messageOf(cause)})`, { cause });
  } finally {
    await rm(aside, { force: true });
  }
  return (await tokenIn(path)) ?? raise(new HomeError(`the token ${path} was removed while it was made; try again`));
}

/**
 * Reads a token file; undefined if it is not there.
 * @param remedy what to do about one without a token.
 * @throws {HomeError} if it holds none.
 */
export async function tokenIn(
  path: string,
  remedy = 'remove it, and the next "signalbox up" makes a new one',
): Promise<string | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const token = text.trim();
  if (/^[\x21-\x7e]{16,}$/.test(token)) return token;
  const why = token === '' ? 'it is empty' : 'that is one word of 16 characters or more';
  throw new HomeError(`${path} holds no token (${why}); ${remedy}`);
}

/** Writes where the server is; whole or not at all. */
export async function writeAddress(home: string, address: Address, name = 'address.json'): Promise<void> {
  const path = join(home, name);
  const aside = `${path}.new`; // of whoever holds the lock, so there is one at most, and the next one writes over what a kill left
  await writeAll(aside, `${JSON.stringify(address)}\n`, 0o644);
  await rename(aside, path);
}

/** Where the server of a home was last said to be; undefined if nobody said, or it cannot be read. */
export async function readAddress(home: string, name = 'address.json'): Promise<Address | undefined> {
  const text = await readIfThere(join(home, name));
  try {
    const { http, dispatcher, pid } = JSON.parse(text ?? '') as Partial<Address>;
    const isWhole = typeof http === 'string' && typeof dispatcher === 'string' && typeof pid === 'number';
    return isWhole ? { http, dispatcher, pid } : undefined;
  } catch {
    return undefined;
  }
}

/** Takes the address away at a clean end. */
export async function removeAddress(home: string, name = 'address.json'): Promise<void> {
  await rm(join(home, name), { force: true });
}

async function writeAll(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'w', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new HomeError(`${path} cannot be read (${messageOf(cause)})`, { cause });
  }
}

function raise(error: Error): never {
  throw error;
}
