import { execFile } from 'node:child_process';
import { closeSync, constants, existsSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The end of a pipe that the runner holds. */
export interface OutputPipe {
  /** For stdout and stderr of the process; to be closed with `closeWriter` once it was started. */
  readonly writeFd: number;
  /** Name of the pipe, for another process to open that is to write into it; before `closeWriter`. */
  readonly path: string;
  /** Resolves when nobody holds the other end any more and everything was read, or after `close`. */
  readonly ended: Promise<void>;
  closeWriter(): void;
  /** Reads no further. */
  close(): void;
}

/**
 * Pipes for the output of steps. Node's own are socket pairs, one each for stdout and stderr: the order between the two
 * is lost, and a script's `echo x > /dev/stderr` fails on them. So these are named pipes, made once and used again and
 * again; one that somebody still held when it was closed is thrown away.
 */
export class OutputPipes {
  readonly #folder: string;
  readonly #free: string[] = [];
  /** One for all: bytes are handed on before the next are read. */
  readonly #buffer = Buffer.alloc(64 * 1024);
  #made = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Makes `count` pipes ahead. What an earlier life left is removed, unless that came to an orderly end: then nobody holds
   * them, and they are as good as new.
   */
  async start(count: number, wasOrderly = false): Promise<void> {
    if (!wasOrderly) rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const left = readdirSync(this.#folder);
    this.#made = Math.max(-1, ...left.map(Number)) + 1;
    this.#free.push(...left.map((name) => join(this.#folder, name)));
    if (count > left.length) this.#free.push(...(await this.#make(count - left.length)));
  }

  /** A pipe whose bytes go to `onBytes`, which must be done with them when it returns. */
  async open(onBytes: (bytes: Buffer) => void): Promise<OutputPipe> {
    if (!existsSync(this.#folder)) this.#free.length = 0; // a job removed it
    const path = this.#free.pop() ?? (await this.#make(1))[0];
    if (path === undefined) throw new Error('no pipe could be made');
    // Without O_NONBLOCK the first open would wait for the second.
    const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writeFd = openSync(path, constants.O_WRONLY);
    return this.#read(path, readFd, writeFd, onBytes);
  }

  #read(path: string, readFd: number, writeFd: number, onBytes: (bytes: Buffer) => void): OutputPipe {
    const callback = (size: number, buffer: Uint8Array) => {
      onBytes(Buffer.from(buffer.buffer, buffer.byteOffset, size));
      return true;
    };
    const options = { fd: readFd, readable: true, writable: false, onread: { buffer: this.#buffer, callback } };
    const socket = new Socket(options);
    let hasEnded = false;
    socket.on('end', () => {
      hasEnded = true;
    });
    socket.on('error', () => {}); // it counts as ended
    const ended = new Promise<void>((resolve) => {
      socket.on('close', () => {
        if (hasEnded) this.#free.push(path);
        else rmSync(path, { force: true });
        resolve();
      });
    });
    let isOpen = true;
    const closeWriter = () => {
      if (isOpen) closeSync(writeFd);
      isOpen = false;
    };
    const close = () => {
      closeWriter();
      socket.destroy();
    };
    return { writeFd, path, ended, closeWriter, close };
  }

  async #make(count: number): Promise<string[]> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const paths = Array.from({ length: count }, () => join(this.#folder, String(this.#made++)));
    await run('mkfifo', ['-m', '600', '--', ...paths], { timeout: 10_000 });
    return paths;
  }
}
