import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import picomatch from 'picomatch';
import { CiError } from '../../support/ci-error.ts';
import { writeZip } from '../actions/zip.ts';
import { checkArtifactName } from './artifact-names.ts';
import { type BuiltinAction, type BuiltinContext, type BuiltinEnd, DONE } from './builtin.ts';
import { fetchOne } from './download-artifact.ts';
import { findFiles } from './find-files.ts';
import { failed, InputError, wholeNumber, yesOrNo } from './inputs.ts';
import { send } from './upload-artifact.ts';

/** `actions/upload-artifact/merge`: one artifact of several. */
export const mergeArtifacts: BuiltinAction = {
  async main(context) {
    const folder = join(context.temp, `merge-${randomBytes(6).toString('hex')}`);
    try {
      return await merge(context, folder);
    } catch (error) {
      if (error instanceof InputError || error instanceof CiError) return failed(error.message);
      throw error;
    } finally {
      await rm(folder, { recursive: true, force: true });
      await rm(`${folder}.zip`, { force: true });
    }
  },
};

async function merge(context: BuiltinContext, folder: string): Promise<BuiltinEnd> {
  const { inputs, artifacts, log } = context;
  const name = inputs.name || 'merged-artifacts';
  checkArtifactName(name);
  const fits = picomatch(inputs.pattern || '*');
  const chosen = (await artifacts.list()).filter((artifact) => fits(artifact.name) && artifact.name !== name);
  if (chosen.length === 0) return failed(`this run has no artifact that fits ${inputs.pattern || '*'}`);
  const isApart = yesOrNo(inputs, 'separate-directories');
  mkdirSync(folder, { recursive: true });
  for (const artifact of chosen) await fetchOne(context, artifact, isApart ? join(folder, artifact.name) : folder);
  const hidden = yesOrNo(inputs, 'include-hidden-files');
  const { paths } = findFiles('.', { workspace: folder, home: folder, hidden, what: 'files' });
  const files = paths.map((file) => ({ file, name: relative(folder, file) }));
  const zip = await writeZip(`${folder}.zip`, files, Math.min(9, wholeNumber(inputs, 'compression-level', 6)));
  await send(context, { name, file: `${folder}.zip`, ...zip, files: files.length });
  if (yesOrNo(inputs, 'delete-merged'))
    log('[signalbox] the artifacts that were merged stay: they expire by themselves');
  return DONE;
}
