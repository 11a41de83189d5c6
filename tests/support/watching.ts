import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { programArgs, testEnv } from './program.ts';
import { waitFor } from './wait-for.ts';

/** A command that goes on, and what it wrote so far. */
export interface Watching {
  /** Waits until it has written something like this. */
  said(pattern: RegExp): Promise<void>;
  /** Fulfilled with its exit code when it has ended. */
  readonly ended: Promise<number | null>;
  /** All that it wrote, to stdout and stderr. */
  output(): string;
}

/** Starts `signalbox watch`, for a server on `home`. */
export async function watch(home: string, ...argv: string[]): Promise<Watching> {
  const child = spawn(process.execPath, [...(await programArgs()), 'watch', ...argv], {
    env: testEnv(home),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  }
  return {
    said: (pattern) => waitFor(`${pattern} of a watch`, async () => pattern.test(text)),
    ended: once(child, 'close').then(([code]) => code),
    output: () => text,
  };
}
