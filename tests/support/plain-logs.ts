import { EventEmitter } from 'node:events';
import { createReadStream } from 'node:fs';
import { appendFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogKey, LogStore } from '../../src/store/log-store.ts';
export class LogFiles implements LogStore {
  #folder: string;
  #events = new EventEmitter();
  #sealed = new Set<string>();
  constructor({ folder }: { folder: string }) {
    this.#folder = folder;
  }
  #p(k: LogKey) {
    return join(this.#folder, `${k.job}-${k.execution}.log`);
  }
  async append(k: LogKey, offset: number, bytes: Buffer) {
    const size = await this.size(k);
    if (offset > size) return size;
    await appendFile(this.#p(k), bytes.subarray(size - offset));
    this.#events.emit(this.#p(k));
    return this.size(k);
  }
  async size(k: LogKey) {
    return stat(this.#p(k)).then(
      (s) => s.size,
      () => 0,
    );
  }
  async sync() {}
  async seal(k: LogKey) {
    this.#sealed.add(this.#p(k));
    this.#events.emit(this.#p(k));
  }
  async read(k: LogKey, start = 0, end = Number.POSITIVE_INFINITY) {
    return createReadStream(this.#p(k), { start, end: end - 1 });
  }
  onChange(k: LogKey, l: () => void) {
    this.#events.on(this.#p(k), l);
    return () => void this.#events.off(this.#p(k), l);
  }
  async isSealed(k: LogKey) {
    return this.#sealed.has(this.#p(k));
  }
  async close() {}
}
