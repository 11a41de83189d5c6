import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeBox } from './install-box.ts';
import { CONFIG_FILE, removeBlock } from './install-config.ts';
import { orNothing, removeIfEmpty } from './install-file.ts';
import type { Manifest } from './install-manifest.ts';
import { unlinkNeighbours } from './install-neighbours.ts';
import type { InstallStep } from './install-report.ts';
import { NEXT_FILE, removeScript } from './install-scripts.ts';
import type { InstallFolders } from './install-target.ts';

/** Takes away what `known` says was installed. The configuration comes first: git must not be led to a folder that is gone. */
export async function removeAll(folders: InstallFolders, known: Manifest): Promise<InstallStep[]> {
  const steps: InstallStep[] = [];
  if (known.block !== undefined) {
    await removeBlock(folders, known.block);
    steps.push({ path: join(folders.commonDir, 'config'), what: 'our settings removed', isChange: true });
  }
  const folder = known.isRedirected ? folders.ourHooks : folders.usualHooks;
  for (const name of known.names) {
    const step = await removeScript({ folders, folder, digests: known.digests }, name);
    if (step !== undefined) steps.push(step);
  }
  if (known.isRedirected) await removeOwnFiles(folders);
  else await unlinkNeighbours(folders);
  await removeIfEmpty(folders.ourHooks);
  if (known.madeFolder) await removeIfEmpty(folders.usualHooks);
  steps.push(...(await reportLeftovers(folders)));
  await removeBox(folders);
  steps.push({ path: folders.box, what: 'removed', isChange: true });
  return steps;
}

async function removeOwnFiles(folders: InstallFolders): Promise<void> {
  for (const name of [CONFIG_FILE, NEXT_FILE]) await rm(join(folders.ourHooks, name), { force: true });
}

async function reportLeftovers(folders: InstallFolders): Promise<InstallStep[]> {
  if ((await lstat(folders.ourHooks).catch(orNothing)) === undefined) return [];
  return [{ path: folders.ourHooks, what: 'left, because it holds files that are not ours', isChange: false }];
}
