// Where the suite writes: into memory where the machine offers a folder for that, which saves a fifth of its work.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';

const SHARED_MEMORY = '/dev/shm';
/** The suite needs less than half of this at once. */
const ENOUGH_BYTES = 4e9;

/** A new folder in memory, and what removes it; undefined: the tests use the disk. Whoever sets TMPDIR has chosen. */
export function memoryFolder() {
  if (process.env.TMPDIR !== undefined || process.platform !== 'linux') return undefined;
  let path;
  try {
    const { bavail, bsize } = statfsSync(SHARED_MEMORY);
    if (Math.min(bavail * bsize, freemem()) < ENOUGH_BYTES) return undefined;
    path = mkdtempSync(join(SHARED_MEMORY, 'signalbox-'));
    const script = join(path, 'script');
    writeFileSync(script, '#!/bin/sh\n', { mode: 0o755 });
    execFileSync(script); // in containers nothing there may be executed
    return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
  } catch {
    if (path !== undefined) rmSync(path, { recursive: true, force: true });
    return undefined;
  }
}
