import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { syncFolder } from './folder-sync.ts';
import type { LogPaths } from './log-paths.ts';

const pack = promisify(gzip);
const unpack = promisify<Buffer, typeof UNPACKED, Buffer>(gunzip);

/** Bytes of log in one gzip member: what has to be read and unpacked for one byte in the middle. */
const MEMBER_BYTES = 1024 * 1024;
/** Logs are packed once and text packs well at any level; level 1 takes a third of the time of the default, 6. */
const LEVEL = 1;
/** A member is unpacked into one piece of memory; a little more, so that it is seen to be enough. */
const UNPACKED = { chunkSize: MEMBER_BYTES + 1024 };
const NEWLINE = 10;

/** What is where in a packed log. */
export interface LogIndex {
  readonly version: 1;
  /** Bytes of the log. */
  readonly bytes: number;
  /** Line ends in the log. */
  readonly lines: number;
  /** Of each member: offset in the packed file, offset in the log, line ends before it. */
  readonly members: readonly (readonly [packedOffset: number, offset: number, lines: number])[];
}

/**
 * Packs the log at `paths.sealing` in steps of one member, so that it takes a few MiB of memory, then puts the result
 * into its place. A program that dies in between leaves the log as it was.
 * @param isStopped asked between members; true gives up.
 * @returns whether it was done.
 */
export async function packLog(paths: LogPaths, isStopped: () => boolean): Promise<boolean> {
  const packed = `${paths.packed}.part`;
  const index = `${paths.index}.part`;
  try {
    const contents = await writeMembers(paths.sealing, packed, isStopped);
    if (contents === undefined) return false;
    await writeDurably(index, Buffer.from(JSON.stringify(contents)));
    await rename(index, paths.index);
    await rename(packed, paths.packed);
    await syncFolder(dirname(paths.packed));
    await rm(paths.sealing, { force: true });
    return true;
  } finally {
    await Promise.all([packed, index].map((path) => rm(path, { force: true })));
  }
}

async function writeMembers(from: string, to: string, isStopped: () => boolean): Promise<LogIndex | undefined> {
  await using source = disposable(await open(from, 'r'));
  await using target = disposable(await open(to, 'w'));
  const members: [number, number, number][] = [];
  const chunk = Buffer.allocUnsafe(MEMBER_BYTES);
  let packedOffset = 0;
  let offset = 0;
  let lines = 0;
  for (;;) {
    if (isStopped()) return undefined;
    const bytes = await readFully(source.handle, chunk, offset);
    if (bytes === 0) break;
    const raw = chunk.subarray(0, bytes);
    const packed = await pack(raw, { level: LEVEL });
    await target.handle.writeFile(packed);
    members.push([packedOffset, offset, lines]);
    packedOffset += packed.length;
    offset += bytes;
    lines += countLines(raw);
  }
  await target.handle.datasync();
  return { version: 1, bytes: offset, lines, members };
}

async function readFully(handle: FileHandle, buffer: Buffer, position: number): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines += 1;
  return lines;
}

async function writeDurably(path: string, bytes: Buffer): Promise<void> {
  await using file = disposable(await open(path, 'w'));
  await file.handle.writeFile(bytes);
  await file.handle.datasync();
}

/** Node 20's FileHandle has no `Symbol.asyncDispose` in all of its versions. */
function disposable(handle: FileHandle): AsyncDisposable & { readonly handle: FileHandle } {
  return { handle, [Symbol.asyncDispose]: () => handle.close() };
}

/** The index of a packed log. */
export async function readIndex(paths: LogPaths): Promise<LogIndex> {
  return JSON.parse(await readFile(paths.index, 'utf8'));
}

/** Bytes `start` to `end` (exclusive) of a packed log; only the members that hold them are read. */
export function readPacked(paths: LogPaths, index: LogIndex, start: number, end: number): Readable {
  return Readable.from(membersOf(paths.packed, index, start, end), { objectMode: false, highWaterMark: MEMBER_BYTES });
}

async function* membersOf(path: string, index: LogIndex, start: number, end: number): AsyncGenerator<Buffer> {
  // opened here: a generator that is never asked closes nothing
  await using file = disposable(await open(path, 'r'));
  const { size } = await file.handle.stat();
  for (const [position, [packedOffset, offset]] of index.members.entries()) {
    const [packedEnd, nextOffset] = index.members[position + 1] ?? [size, index.bytes];
    if (nextOffset <= start || offset >= end) continue;
    const packed = Buffer.allocUnsafe(packedEnd - packedOffset);
    await readFully(file.handle, packed, packedOffset);
    const raw = await unpack(packed, UNPACKED);
    yield raw.subarray(Math.max(0, start - offset), Math.min(raw.length, end - offset));
  }
}
