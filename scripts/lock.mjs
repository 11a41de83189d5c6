import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs `work` while no other process does so for the same `name`. The lock is a socket: an abstract one on Linux, which
 * the kernel frees when its holder dies, however it dies; elsewhere one in the temporary folder, which counts as free
 * when nobody answers on it.
 */
export async function withLock(name, work) {
  const id = `signalbox-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
  const isAbstract = process.platform === 'linux';
  const path = isAbstract ? `\0${id}` : join(tmpdir(), `${id}.sock`);
  for (;;) {
    const release = await tryListen(path);
    if (release !== undefined) {
      try {
        return await work();
      } finally {
        await release();
      }
    }
    const wasHeld = await untilReleased(path);
    if (!wasHeld && !isAbstract) rmSync(path, { force: true });
  }
}

/** Takes the lock and returns what gives it back; undefined if somebody has it. */
function tryListen(path) {
  return new Promise((resolve, reject) => {
    const waiting = new Set();
    const server = createServer((socket) => {
      waiting.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => waiting.delete(socket));
    });
    const release = () =>
      new Promise((done) => {
        server.close(done);
        for (const socket of waiting) socket.destroy();
      });
    server.on('error', (error) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(path, () => resolve(release));
  });
}

/** Waits while somebody holds the lock; false if nobody answered. */
function untilReleased(path) {
  return new Promise((resolve) => {
    let wasHeld = false;
    const socket = connect(path, () => {
      wasHeld = true;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(wasHeld));
  });
}
