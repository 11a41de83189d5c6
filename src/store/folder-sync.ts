import { open } from 'node:fs/promises';

/** Makes the names in a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The same for many who ask at once: those who come while one is under way share the next one. */
export class FolderSync {
  readonly #path: string;
  #current: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Fulfilled by an fsync that began after the call. */
  sync(): Promise<void> {
    if (this.#current === undefined) return this.#start();
    this.#next ??= this.#current.catch(() => {}).then(() => this.#start());
    return this.#next;
  }

  #start(): Promise<void> {
    this.#next = undefined;
    this.#current = syncFolder(this.#path).finally(() => {
      this.#current = undefined;
    });
    return this.#current;
  }
}
