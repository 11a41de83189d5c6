import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InstallError } from './install-error.ts';
import { type Access, putFile, removeIfEmpty } from './install-file.ts';
import type { InstallStep } from './install-report.ts';
import type { InstallFolders } from './install-target.ts';

/** What the hook needs to know. */
export interface HookFacts {
  /** Full name of the repository. */
  readonly repository: string;
  /** Its secret: pushes are signed with it. */
  readonly secret: string;
  /** Where to post: `http://127.0.0.1:8080/webhooks`. */
  readonly url: string;
}

const BLOCK_BYTES = 64;

/** The text of the `url` file. @throws {InstallError} if it is no address of HTTP. */
export function urlText(url: string): string {
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
    throw new InstallError(`the hook cannot post to '${url}', which is no http:// or https:// address`);
  }
  return `${new URL(url).href}\n`;
}

/** Writes what the hook reads at each commit: all that can be worked out before is. */
export async function putBox(folders: InstallFolders, facts: HookFacts, access: Access): Promise<InstallStep[]> {
  if (facts.secret === '') throw new InstallError('the hook cannot sign with an empty secret; give the repository one');
  const contents: Record<string, string | Buffer> = {
    url: urlText(facts.url),
    secret: `${facts.secret}\n`,
    ipad: pad(facts.secret, 0x36),
    opad: pad(facts.secret, 0x5c),
    'repository.json': JSON.stringify({ full_name: facts.repository }),
  };
  const steps: InstallStep[] = [];
  for (const [name, content] of Object.entries(contents)) {
    const path = join(folders.box, name);
    const done = await putFile(path, content, access);
    const what = { new: 'written', renewed: 'written anew', same: 'unchanged' }[done];
    steps.push({ path, what, isChange: done !== 'same' });
  }
  return steps;
}

/** Removes all of it. */
export async function removeBox(folders: InstallFolders): Promise<void> {
  for (const name of ['url', 'secret', 'ipad', 'opad', 'repository.json', 'manifest.json']) {
    await rm(join(folders.box, name), { force: true });
  }
  await removeIfEmpty(folders.box);
}

/**
 * One of the two blocks that HMAC-SHA256 (RFC 2104) puts before what it hashes. With these in files a shell can sign
 * with plain hashes, and the secret is in nobody's arguments.
 */
function pad(secret: string, byte: number): Buffer {
  const key = Buffer.from(secret);
  const short = key.length > BLOCK_BYTES ? createHash('sha256').update(key).digest() : key;
  return Buffer.concat([short, Buffer.alloc(BLOCK_BYTES - short.length)]).map((value) => value ^ byte) as Buffer;
}
