import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';
import { ZipFile } from 'yazl';

/** A file that goes into a zip. */
export interface ZipInput {
  /** Absolute. */
  readonly file: string;
  /** Its name in the zip: relative, with `/`. */
  readonly name: string;
}

/** A zip that was written. */
export interface WrittenZip {
  readonly bytes: number;
  /** SHA-256, in hex. */
  readonly digest: string;
}

/** Files in a zip have no owner, no mode but this one and no time: the same files make the same bytes. */
const MODE = 0o100644;
const MTIME = new Date(1980, 0, 1, 0, 0, 0);

/** Writes these files into a zip; `level` 0 to 9, 0 stores them as they are. */
export async function writeZip(path: string, inputs: readonly ZipInput[], level: number): Promise<WrittenZip> {
  const zip = new ZipFile();
  const failure = new Promise<never>((_, reject) => zip.once('error', reject));
  for (const { file, name } of inputs)
    zip.addFile(file, name, { mtime: MTIME, mode: MODE, compress: level > 0, compressionLevel: level });
  zip.end();
  const hash = createHash('sha256');
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  await Promise.race([pipeline(zip.outputStream, measure, createWriteStream(path)), failure]);
  return { bytes, digest: hash.digest('hex') };
}

/**
 * Unpacks a zip into a folder, over what is there; how many files. Names that lead out of the folder are refused.
 * @throws if it is damaged, or a file cannot be written.
 */
export async function unpackZip(path: string, folder: string): Promise<number> {
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false });
  let files = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      const to = join(folder, entry.fileName); // yauzl has refused absolute names and those with `..`
      if (entry.fileName.endsWith('/')) {
        mkdirSync(to, { recursive: true });
        continue;
      }
      mkdirSync(dirname(to), { recursive: true });
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(to));
      files++;
    }
  } finally {
    zip.close();
  }
  return files;
}
