import { createReadStream, mkdirSync, renameSync, rmSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { type ArtifactClient, ArtifactError, type ArtifactInfo, type ArtifactUpload } from './artifact-client.ts';

/** The artifacts of one run in a folder of this machine, for runs without a server. Held in memory but for the zips. */
export class FolderArtifacts implements ArtifactClient {
  readonly #folder: string;
  readonly #artifacts = new Map<string, ArtifactInfo>();
  #last = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async upload({ name, file, bytes, digest, overwrite }: ArtifactUpload): Promise<ArtifactInfo & { url: string }> {
    const old = this.#artifacts.get(name);
    if (old !== undefined && !overwrite) throw new ArtifactError(existsWords(name));
    const info = { id: ++this.#last, name, bytes, digest };
    mkdirSync(this.#folder, { recursive: true });
    const path = this.#pathOf(info);
    await copyFile(file, `${path}.partial`);
    renameSync(`${path}.partial`, path);
    this.#artifacts.set(name, info);
    if (old !== undefined) rmSync(this.#pathOf(old), { force: true });
    return { ...info, url: pathToFileURL(path).href };
  }

  async list(): Promise<readonly ArtifactInfo[]> {
    return [...this.#artifacts.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async open(artifact: ArtifactInfo): Promise<Readable> {
    return createReadStream(this.#pathOf(artifact));
  }

  #pathOf({ id }: ArtifactInfo): string {
    return join(this.#folder, `${id}.zip`);
  }
}

/** Why an artifact is not taken, when there is one of its name. */
export function existsWords(name: string): string {
  return `an artifact named ${name} exists already in this run; give this one another name, or say "overwrite: true"`;
}
