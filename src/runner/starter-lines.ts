import type { Socket } from 'node:net';
import type { Exit } from '../model/conclusion.ts';
import type { StartError, StartOrder } from './starter.ts';

/** What the runner says to the process that starts for it. */
export interface StartLine extends Omit<StartOrder, 'outputFd'> {
  readonly id: number;
}

/** What that process says. */
export type StarterLine =
  | { readonly type: 'ready' }
  | { readonly type: 'begun'; readonly id: number; readonly pid: number }
  | { readonly type: 'ended'; readonly id: number; readonly exit: Exit }
  | { readonly type: 'failed'; readonly id: number; readonly error: StartError };

/** Both sides of the channel are this program: its messages are JSON, one per line, and are not checked. */
export function readLines<T>(channel: Socket, onLine: (line: T) => void): void {
  let rest = '';
  channel.setEncoding('utf8');
  channel.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(JSON.parse(line));
  });
}

/** Sends a message; nothing happens if nobody is there any more. */
export function writeLine(channel: Socket, line: StartLine | StarterLine): void {
  if (channel.writable) channel.write(`${JSON.stringify(line)}\n`);
}
