import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { CheckoutRequest, JobWorkspace } from '../../src/runner/workspaces.ts';

const run = promisify(execFile);

/** The slowest workspace that is right: made anew for each job. */
export class PlainWorkspace implements JobWorkspace {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, 'tree');
  }

  async prepare({ sha, objects }: CheckoutRequest): Promise<{ readonly path: string }> {
    await this.prepareEmpty();
    const tar = `${this.#path}.tar`;
    await run('git', ['--git-dir', dirname(objects[0] ?? ''), 'archive', '-o', tar, sha]);
    await run('tar', ['-xf', tar, '-C', this.#path]);
    return { path: this.#path };
  }

  async prepareEmpty(): Promise<{ readonly path: string }> {
    await this.afterJob();
    await mkdir(this.#path, { recursive: true });
    return { path: this.#path };
  }

  async close(): Promise<void> {}

  async afterJob(): Promise<void> {
    await rm(this.#path, { recursive: true, force: true });
  }
}
