import { join } from 'node:path';
import * as z from 'zod';
import { type Access, putFile, readIfThere } from './install-file.ts';
import type { InstallFolders } from './install-target.ts';

const schema = z.object({
  version: z.literal(1),
  /** Were hooks put into a folder of ours, to which core.hooksPath leads? Else they are in git's usual folder. */
  isRedirected: z.boolean(),
  /** Was git's usual folder of hooks made by us? */
  madeFolder: z.boolean(),
  /** Names of the hooks that were put there. */
  names: z.array(z.string()),
  /** SHA-256 of every version of the script that was put there, to tell it from what others put there since. */
  digests: z.array(z.string()),
  /** The lines added to the configuration, byte for byte; absent until they are there. */
  block: z.string().optional(),
});

/** What was installed in a repository: all that is needed to take it away again. */
export type Manifest = z.infer<typeof schema>;

/** Reads what was installed; undefined if nothing was, or if that cannot be told any more. */
export async function readManifest(folders: InstallFolders): Promise<Manifest | undefined> {
  const text = await readIfThere(fileOf(folders));
  try {
    return schema.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}

/** Writes down what is, or is about to be, installed. */
export async function writeManifest(folders: InstallFolders, manifest: Manifest, access: Access): Promise<void> {
  await putFile(fileOf(folders), `${JSON.stringify(manifest, null, 2)}\n`, access);
}

function fileOf(folders: InstallFolders): string {
  return join(folders.box, 'manifest.json');
}
