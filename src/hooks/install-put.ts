import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type HookFacts, putBox } from './install-box.ts';
import {
  addBlock,
  blockToAdd,
  CONFIG_FILE,
  configBlock,
  hasBlock,
  includedConfig,
  removeBlock,
} from './install-config.ts';
import { type Access, putFile, putFolder } from './install-file.ts';
import { type Manifest, writeManifest } from './install-manifest.ts';
import { linkNeighbours } from './install-neighbours.ts';
import type { InstallStep } from './install-report.ts';
import { digestOf, NEXT_FILE, namesForAll, putScript, readScript, TELLING_HOOKS } from './install-scripts.ts';
import type { InstallTarget } from './install-target.ts';

/** For what is no secret, and git must be able to read. */
const PUBLIC_MODE = 0o644;

/**
 * Brings a repository to where all is installed, from wherever it is. What is about to be done is written down before
 * it is done, so that it can be undone also after a crash.
 */
export async function putAll(
  target: InstallTarget,
  known: Manifest | undefined,
  facts: HookFacts & { readonly home: string },
): Promise<InstallStep[]> {
  const { isShared, owner } = target;
  const isNew = await putFolder(target.box, { mode: isShared ? 0o750 : 0o700, owner });
  const access: Access = { mode: isShared ? 0o640 : 0o600, owner };
  const save = (manifest: Manifest) => writeManifest(target, manifest, access);
  const script = await readScript();
  const manifest = plan(target, known, digestOf(script));
  await save(manifest);
  return [
    { path: target.box, what: isNew ? 'made' : 'unchanged', isChange: isNew },
    ...(await putBox(target, facts, access)),
    ...(await putHooks(target, manifest, script)),
    await putConfig(target, manifest, facts.home, save),
    ...(target.isRedirected ? [await putNext(target)] : []),
    ...(target.isOverridden ? [overridden(target)] : []),
  ];
}

function plan(target: InstallTarget, known: Manifest | undefined, digest: string): Manifest {
  const names = target.isRedirected ? namesForAll(target.next) : TELLING_HOOKS;
  return {
    version: 1,
    isRedirected: target.isRedirected,
    madeFolder: known?.madeFolder ?? (!target.isRedirected && !existsSync(target.usualHooks)),
    names: [...new Set([...(known?.names ?? []), ...names])],
    digests: [...new Set([...(known?.digests ?? []), digest])],
    ...(known?.block === undefined ? {} : { block: known.block }),
  };
}

async function putHooks(target: InstallTarget, manifest: Manifest, script: Buffer): Promise<InstallStep[]> {
  const folder = target.isRedirected ? target.ourHooks : target.usualHooks;
  const access = { mode: PUBLIC_MODE, owner: target.owner };
  if (target.isRedirected || manifest.madeFolder) await putFolder(folder, { mode: 0o755, owner: target.owner });
  if (target.isRedirected) await putFile(join(folder, CONFIG_FILE), includedConfig(target), access);
  const steps: InstallStep[] = [];
  for (const name of manifest.names) {
    steps.push(
      await putScript({ folders: target, folder, digests: manifest.digests, owner: target.owner }, name, script),
    );
  }
  if (!target.isRedirected) await linkNeighbours(target);
  return steps;
}

async function putConfig(
  target: InstallTarget,
  manifest: Manifest,
  home: string,
  save: (manifest: Manifest) => Promise<void>,
): Promise<InstallStep> {
  const path = join(target.commonDir, 'config');
  const block = configBlock(target, { home, isRedirected: target.isRedirected });
  const { block: earlier } = manifest;
  const isThere = earlier !== undefined && (await hasBlock(target, earlier));
  if (isThere && earlier.replace(/^\n/, '') === block) return { path, what: 'unchanged', isChange: false };
  if (earlier !== undefined) await removeBlock(target, earlier);
  const added = await blockToAdd(target, block);
  await save({ ...manifest, block: added });
  await addBlock(target, added);
  const leads = `; core.hooksPath leads through ${target.ourHooks} to ${target.next}, whose hooks still run`;
  return { path, what: `set signalbox.home = ${home}${target.isRedirected ? leads : ''}`, isChange: true };
}

/** Written last: the hook asks git again whenever a configuration file is newer than this. */
async function putNext(target: InstallTarget): Promise<InstallStep> {
  const path = join(target.ourHooks, NEXT_FILE);
  const access = { mode: PUBLIC_MODE, owner: target.owner };
  const done = await putFile(path, target.isNextForAll ? `${target.next}\n` : '', access);
  return { path, what: done === 'same' ? 'unchanged' : 'written', isChange: done !== 'same' };
}

function overridden(target: InstallTarget): InstallStep {
  const what =
    'has a work tree with a core.hooksPath of its own, in which git does not call our hook; its commits are found by watching';
  return { path: target.commonDir, what, isChange: false };
}
