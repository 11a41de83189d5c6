import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type Deferred, deferred } from '../support/deferred.ts';
import { GitError, killGit, startGit } from './git.ts';

/** An object as git has it; `data` is undefined if it was larger than asked for. */
export interface GitObject {
  readonly type: string;
  readonly size: number;
  readonly data: Buffer | undefined;
}

/** How the process is run. */
export interface CatFileOptions {
  readonly gitDir: string;
  readonly objects?: readonly string[];
  /** Ends after this long without a question, in milliseconds. Default 60 000. */
  readonly idleMs?: number;
  /** Bound on one answer, in milliseconds. Default 30 000. */
  readonly timeoutMs?: number;
}

interface Question {
  readonly maxBytes: number;
  readonly answer: Deferred<GitObject | undefined>;
}

/**
 * One `git cat-file --batch`. Answers come in the order of the questions. When the process dies, or says something that
 * cannot be read, all that wait fail and `isOpen` turns false: whoever owns it makes another.
 */
export class CatFile {
  readonly #options: CatFileOptions;
  readonly #child: ChildProcess;
  readonly #waiting: Question[] = [];
  #head = Buffer.alloc(0);
  #body: { type: string; size: number; left: number; chunks: Buffer[] | undefined } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stderr = '';
  /** False once no more can be asked. */
  isOpen = true;
  /** How many questions it has answered. */
  answered = 0;

  constructor(options: CatFileOptions) {
    this.#options = options;
    this.#child = startGit(['cat-file', '--batch'], options);
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-2000);
    });
    this.#child.stdin?.on('error', () => {}); // its end is seen by `close`
    this.#child.on('error', (error) => this.#fail(error.message));
    this.#child.on('close', () => this.#fail(this.#stderr.trim() || 'it ended'));
  }

  /** Asks for an object; undefined if it is not there. Data beyond `maxBytes` is thrown away as it comes. */
  read(sha: string, maxBytes: number): Promise<GitObject | undefined> {
    const question = { maxBytes, answer: deferred<GitObject | undefined>() };
    this.#waiting.push(question);
    this.#child.stdin?.write(`${sha}\n`);
    if (this.#waiting.length === 1) this.#watch();
    return question.answer.promise;
  }

  /** Takes no more questions; ends by itself when it has answered those that it has. */
  retire(): void {
    this.isOpen = false;
    this.#child.stdin?.end();
  }

  /** Ends the process and waits until it is gone. */
  async close(): Promise<void> {
    const isGone = this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined;
    const gone = isGone ? undefined : once(this.#child, 'close');
    this.#fail('it was closed');
    await gone;
  }

  #take(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) rest = this.#body === undefined ? this.#takeHead(rest) : this.#takeBody(rest);
  }

  /** `<sha> <type> <size>`, or `<sha> missing`. */
  #takeHead(chunk: Buffer): Buffer {
    const end = chunk.indexOf(10);
    this.#head = Buffer.concat([this.#head, end < 0 ? chunk : chunk.subarray(0, end)]);
    if (end < 0) return chunk.subarray(chunk.length);
    const line = this.#head.toString('latin1');
    this.#head = Buffer.alloc(0);
    this.#begin(line);
    return chunk.subarray(end + 1);
  }

  #begin(line: string): void {
    const [, type = '', size] = line.split(' ');
    if (size === undefined) {
      this.#answer(undefined);
      return;
    }
    const maxBytes = this.#waiting[0]?.maxBytes ?? 0;
    const bytes = Number(size);
    this.#body = { type, size: bytes, left: bytes + 1, chunks: bytes <= maxBytes ? [] : undefined }; // + the newline
  }

  #takeBody(chunk: Buffer): Buffer {
    const body = this.#body;
    if (body === undefined) return chunk;
    const part = chunk.subarray(0, body.left);
    body.left -= part.length;
    body.chunks?.push(part);
    if (body.left === 0) {
      this.#body = undefined;
      const data = body.chunks && Buffer.concat(body.chunks).subarray(0, body.size);
      this.#answer({ type: body.type, size: body.size, data });
    }
    return chunk.subarray(part.length);
  }

  #answer(object: GitObject | undefined): void {
    this.answered++;
    this.#waiting.shift()?.answer.resolve(object);
    this.#watch();
  }

  /** Either an answer is due, or it is idle. */
  #watch(): void {
    clearTimeout(this.#timer);
    if (!this.isOpen && this.#waiting.length === 0) return;
    const { idleMs = 60_000, timeoutMs = 30_000 } = this.#options;
    const isIdle = this.#waiting.length === 0;
    const why = isIdle ? 'it was idle' : `no answer came within ${timeoutMs} ms`;
    this.#timer = setTimeout(() => this.#fail(why), isIdle ? idleMs : timeoutMs);
    if (isIdle) this.#timer.unref();
  }

  #fail(detail: string): void {
    this.isOpen = false;
    clearTimeout(this.#timer);
    killGit(this.#child);
    const where = this.#options.gitDir;
    const error = () => new GitError({ args: ['cat-file'], where, status: null, detail });
    for (const question of this.#waiting.splice(0)) question.answer.reject(error());
  }
}
