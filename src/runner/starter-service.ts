import { closeSync, constants, openSync } from 'node:fs';
import type { Socket } from 'node:net';
import { messageOf } from '../support/ci-error.ts';
import { type StartedProcess, startHere } from './starter.ts';
import { readLines, type StartLine, writeLine } from './starter-lines.ts';

/**
 * Starts what the runner at the other end of the channel asks for, and says how it ends. Resolves when the runner is gone;
 * what it had started and still runs is killed, since nobody would hear of its end.
 */
export function serveStarts(channel: Socket): Promise<void> {
  const groups = new Set<number>();
  const start = async ({ id, ...order }: StartLine) => {
    const process = startInto(order);
    const { pid } = process;
    if (pid !== undefined) {
      writeLine(channel, { type: 'begun', id, pid });
      groups.add(pid);
    }
    const end = await process.ended;
    if (pid !== undefined) groups.delete(pid);
    writeLine(channel, 'exit' in end ? { type: 'ended', id, ...end } : { type: 'failed', id, ...end });
  };
  readLines<StartLine>(channel, (line) => void start(line));
  channel.on('error', () => {}); // it is closed then
  writeLine(channel, { type: 'ready' });
  return new Promise((resolve) => {
    channel.once('close', () => {
      for (const group of groups) killGroup(group);
      resolve();
    });
  });
}

function startInto(order: Omit<StartLine, 'id'>): StartedProcess {
  try {
    const outputFd = openPipe(order.outputPath);
    const process = startHere({ ...order, outputFd });
    closeSync(outputFd);
    return process;
  } catch (error) {
    const failed = { error: { code: '', message: messageOf(error) } };
    return { pid: undefined, begun: undefined, ended: Promise.resolve(failed) };
  }
}

/** For writing. Opening only the one end waits for the other: for ever, if the runner has just died. */
function openPipe(path: string): number {
  const both = openSync(path, constants.O_RDWR);
  try {
    return openSync(path, constants.O_WRONLY);
  } finally {
    closeSync(both);
  }
}

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // Everybody in it is gone.
  }
}
