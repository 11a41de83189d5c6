import { access, constants, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { size } from '../../../web/src/words.ts';
import { messageOf } from '../../support/ci-error.ts';
import { bad, type Finding, note, ok, warn } from './finding.ts';

/** Below this much room, in bytes, it is told; below the second, nothing can be taken any more. */
const LITTLE = 2_000_000_000;
const NONE = 200_000_000;
/** Larger databases are not read through while someone waits, in bytes. */
const MAX_CHECKED = 2_000_000_000;

/** The home folder: may it be written, who else may, is there room, and are the databases whole? */
export async function homeFindings(home: string): Promise<readonly Finding[]> {
  const found = await stat(home).catch(() => undefined);
  if (found === undefined)
    return [note('home', `${home} is not there yet`, 'the first "signalbox up" or "install-hook" makes it')];
  const all = [
    await writable(home, found.mode),
    ...(await Promise.all(['token', 'secrets.key'].map((name) => privateFile(home, name)))).flat(),
    await disk(home),
    ...(await Promise.all(['signalbox.db', 'observer.db'].map((name) => database(home, name)))).flat(),
  ];
  return all;
}

async function writable(home: string, mode: number): Promise<Finding> {
  try {
    await access(home, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    return bad(
      'home',
      `${home} cannot be written (${messageOf(error)})`,
      'give it to yourself, or name another with --home',
    );
  }
  if ((mode & 0o022) !== 0)
    return bad('home', `${home} can be written by others (mode ${octal(mode)})`, `chmod go-w ${home}`);
  return ok('home', home);
}

/** What is in it lets one change things or read secrets. */
async function privateFile(home: string, name: string): Promise<readonly Finding[]> {
  const path = join(home, name);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return [];
  if ((found.mode & 0o077) === 0) return [ok(name, `mode ${octal(found.mode)}`)];
  return [bad(name, `${path} can be read by others (mode ${octal(found.mode)})`, `chmod 600 ${path}`)];
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

async function disk(home: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(home);
  const free = bavail * bsize;
  const words = `${size(free)} free`;
  const remedy = 'make room; artifacts and old logs are the first to look at';
  if (free < NONE) return bad('disk', words, remedy);
  return free < LITTLE ? warn('disk', words, remedy) : ok('disk', words);
}

async function database(home: string, name: string): Promise<readonly Finding[]> {
  const path = join(home, name);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return [];
  if (found.size > MAX_CHECKED) return [note(name, `${size(found.size)}: too large to be read through here`)];
  try {
    const words = quickCheck(path);
    if (words === 'ok') return [ok(name, `${size(found.size)}, whole`)];
    return [
      bad(name, `is damaged: ${words.slice(0, 200)}`, 'stop the server and put a backup back; keep the damaged file'),
    ];
  } catch (error) {
    return [bad(name, `cannot be read (${messageOf(error)})`, 'stop the server and put a backup back; keep this file')];
  }
}

/** SQLite's own look at its pages, on a connection that changes nothing. */
function quickCheck(path: string): string {
  const connection = new DatabaseSync(path, { readOnly: true, timeout: 2_000 });
  try {
    const row = connection.prepare('PRAGMA quick_check(1)').get() as { quick_check?: unknown } | undefined;
    return String(row?.quick_check ?? 'no answer');
  } finally {
    connection.close();
  }
}
