import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ArtifactDamagedError, type NewArtifact } from './artifacts.ts';
import { translateFileError } from './file-errors.ts';
import { syncFolder } from './folder-sync.ts';

/** A file that nobody knows of may be one that is being received: it is left alone for so long, in milliseconds. */
const YOUNG_MS = 24 * 3_600_000;

/** The folder of the zips. A file has a name of its own and never changes: the rows say what it is. */
export class ArtifactFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Writes what arrives, and gives the name of the file; it is on the disk then.
   * @throws {ArtifactDamagedError} if it is not what was announced; nothing is left of it.
   */
  async receive(expected: Pick<NewArtifact, 'name' | 'bytes' | 'digest'>, content: Readable): Promise<string> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const name = `${randomUUID()}.zip`;
    const path = join(this.#folder, name);
    try {
      const meter = new Meter(expected);
      await pipeline(content, meter, createWriteStream(`${path}.partial`, { mode: 0o600 }));
      if (!meter.isWhole()) throw new ArtifactDamagedError(expected.name);
      await sync(`${path}.partial`);
      await rename(`${path}.partial`, path);
      await syncFolder(this.#folder);
      return name;
    } catch (error) {
      await rm(`${path}.partial`, { force: true });
      throw translateFileError(path, error);
    }
  }

  /** Undefined if it is not there. */
  async open(name: string): Promise<Readable | undefined> {
    const file = await open(join(this.#folder, name)).catch(() => undefined);
    return file?.createReadStream();
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.#folder, name), { force: true });
  }

  /** Removes what belongs to none of these. */
  async removeOthers(known: ReadonlySet<string>, at: Date): Promise<void> {
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const path = join(this.#folder, name);
      if (known.has(name)) continue;
      const found = await stat(path).catch(() => undefined);
      if (found !== undefined && at.getTime() - found.mtimeMs > YOUNG_MS) await rm(path, { force: true });
    }
  }
}

/** Counts and hashes what passes, and ends what is longer than it was said to be. */
class Meter extends Transform {
  readonly #expected: Pick<NewArtifact, 'name' | 'bytes' | 'digest'>;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  constructor(expected: Pick<NewArtifact, 'name' | 'bytes' | 'digest'>) {
    super();
    this.#expected = expected;
  }

  isWhole(): boolean {
    return this.#bytes === this.#expected.bytes && this.#hash.digest('hex') === this.#expected.digest;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null, chunk?: Buffer) => void) {
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > this.#expected.bytes) done(new ArtifactDamagedError(this.#expected.name));
    else done(null, chunk);
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}
