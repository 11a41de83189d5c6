import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MAX_VALUE_BYTES } from '../model/vault.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Context } from './context.ts';
import { UsageError } from './usage-error.ts';

/** More than any value has, so that what is too large is still told as that; beyond it nothing is read. */
const MOST = 4 * MAX_VALUE_BYTES;

/**
 * A value that must not stand on the command line: from a file, from what is piped in, or typed at a prompt that does not
 * show it. Line ends after it are no part of it.
 * @throws {UsageError} there is none, or it is no text.
 */
export async function readValue(context: Context, name: string, fromFile: string | undefined): Promise<string> {
  const bytes =
    fromFile === undefined ? await readInput(context, name) : await readNamed(resolve(context.cwd, fromFile));
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UsageError('the value is no text in UTF-8; encode it, for instance with base64');
  }
  return text.replace(/[\r\n]+$/, '');
}

async function readNamed(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new UsageError(`the file ${path} cannot be read (${messageOf(cause)})`, { cause });
  }
}

async function readInput(context: Context, name: string): Promise<Buffer> {
  const { stdin = process.stdin } = context;
  if (stdin.isTTY) return prompt(context, stdin, `value of ${name} (it is not shown): `);
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of stdin) {
    const bytes = Buffer.from(part);
    parts.push(bytes);
    size += bytes.length;
    if (size > MOST) throw new UsageError(`the value is larger than ${MAX_VALUE_BYTES} bytes`);
  }
  return Buffer.concat(parts);
}

/** One line from a terminal that does not show what is typed. */
async function prompt({ terminal }: Context, stdin: NodeJS.ReadStream, question: string): Promise<Buffer> {
  terminal.stderr.write(question);
  stdin.setRawMode(true);
  try {
    return Buffer.from(await typedLine(stdin), 'utf8');
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    terminal.say('');
  }
}

function typedLine(stdin: NodeJS.ReadStream): Promise<string> {
  return new Promise((done, reject) => {
    let typed: string[] = [];
    const end = (act: () => void) => {
      stdin.off('data', take);
      act();
    };
    const take = (bytes: Buffer | string) => {
      for (const char of bytes.toString()) {
        if (char === '\r' || char === '\n' || char === '\u0004') return end(() => done(typed.join('')));
        if (char === '\u0003') return end(() => reject(new UsageError('nothing was set')));
        if (char === '\u007f' || char === '\b') typed = typed.slice(0, -1);
        else if (char === '\u0015') typed = [];
        else typed.push(char);
      }
      return undefined;
    };
    stdin.on('data', take);
    stdin.resume();
  });
}
