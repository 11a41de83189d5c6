import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { CiError, messageOf } from '../support/ci-error.ts';

const appSchema = z.object({
  id: z.int().positive(),
  slug: z.string().min(1),
  name: z.string(),
  /** Its page at GitHub. */
  html_url: z.url(),
  /** Base of the API that it belongs to. */
  api: z.url(),
  /** Its private key. */
  pem: z.string().min(1),
  /** What its deliveries are signed with; null: it sends none. */
  webhook_secret: z.string().min(1).nullable(),
  created_at: z.iso.datetime(),
});

/** The GitHub App of this installation, with its keys. */
export type GithubApp = z.infer<typeof appSchema>;

/** The file of the GitHub App cannot be used. */
export class GithubAppError extends CiError {
  override readonly name = 'GithubAppError';
  readonly code = 'E_GITHUB_APP';
}

/** Where it is kept, readable by its owner alone. */
function pathIn(home: string): string {
  return join(home, 'github-app.json');
}

/** The GitHub App of a home; undefined: there is none. @throws {GithubAppError} */
export async function readGithubApp(home: string): Promise<GithubApp | undefined> {
  const path = pathIn(home);
  let text: string;
  try {
    // most homes have none, and are asked at each event: a way through a thread takes twenty times as long
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new GithubAppError(`${path} cannot be read (${messageOf(cause)})`, { cause });
  }
  try {
    return appSchema.parse(JSON.parse(text));
  } catch {
    // without the cause: it may quote the key
    throw new GithubAppError(`${path} holds no GitHub App; remove it, and make the App anew`);
  }
}

/** Keeps it; whole or not at all. */
export async function writeGithubApp(home: string, app: GithubApp): Promise<void> {
  const path = pathIn(home);
  const aside = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    const file = await open(aside, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(appSchema.parse(app), undefined, 1)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
  } catch (cause) {
    await rm(aside, { force: true });
    throw new GithubAppError(`${path} cannot be written (${messageOf(cause)})`, { cause });
  }
}

/** Forgets it; at GitHub it stays. */
export async function removeGithubApp(home: string): Promise<void> {
  await rm(pathIn(home), { force: true });
}
