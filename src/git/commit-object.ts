import type { Commit } from '../model/push.ts';

/** A commit with what it is made of. */
export interface CommitObject extends Commit {
  /** Id of its tree. */
  readonly tree: string;
  readonly parents: readonly string[];
  /** `Ada Lovelace <ada@example.org>`: who made the commit of what the author wrote. */
  readonly committer: string;
  /** Title and all that follows it; at most 20 000 characters. */
  readonly message: string;
}

const MAX_TITLE = 500;
const MAX_MESSAGE = 20_000;

/** Reads a commit object. Text that is in no encoding that we know comes out with replacement characters. */
export function parseCommit(sha: string, data: Buffer): CommitObject {
  const end = data.indexOf('\n\n');
  const header = end < 0 ? data : data.subarray(0, end);
  const encoding = /^encoding (.+)$/m.exec(header.toString('latin1'))?.[1];
  const fields = decode(header, encoding).split('\n');
  const all = (name: string) =>
    fields.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  const message = end < 0 ? '' : decode(data.subarray(end + 2), encoding);
  return {
    sha,
    tree: all('tree')[0] ?? '',
    parents: all('parent'),
    title: titleOf(message),
    message: message.trimEnd().slice(0, MAX_MESSAGE),
    author: personOf(all('author')[0] ?? ''),
    committer: personOf(all('committer')[0] ?? ''),
    committedAt: dateOf(all('committer')[0] ?? ''),
  };
}

function titleOf(message: string): string {
  return (message.trimStart().split('\n', 1)[0] ?? '').trim().slice(0, MAX_TITLE);
}

/** `Ada <a@b.c> 1700000000 +0100` without its date. */
function personOf(line: string): string {
  return line.slice(0, line.lastIndexOf('>') + 1).slice(0, MAX_TITLE);
}

function dateOf(line: string): Date {
  const seconds = Number(/> (-?\d+)/.exec(line.slice(line.lastIndexOf('>')))?.[1] ?? 0);
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? new Date(0) : date;
}

function decode(data: Buffer, encoding: string | undefined): string {
  try {
    return new TextDecoder(encoding ?? 'utf-8').decode(data);
  } catch {
    return data.toString('latin1'); // an encoding that Node does not have
  }
}
