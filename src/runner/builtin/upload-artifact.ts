import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describeBytes } from '../../model/disk-floor.ts';
import { CiError } from '../../support/ci-error.ts';
import { writeZip, type ZipInput } from '../actions/zip.ts';
import { checkArtifactName, checkArtifactPath } from './artifact-names.ts';
import { type BuiltinAction, type BuiltinContext, type BuiltinEnd, DONE } from './builtin.ts';
import { commonFolder, type FoundFiles, findFiles, TooManyFilesError } from './find-files.ts';
import { failed, InputError, wholeNumber, yesOrNo } from './inputs.ts';

/** `actions/upload-artifact`: a zip that later jobs of the run, and people, can have. */
export const uploadArtifact: BuiltinAction = {
  async main(context) {
    try {
      return await upload(context);
    } catch (error) {
      if (error instanceof InputError || error instanceof TooManyFilesError) return failed(error.message);
      if (error instanceof CiError) return failed(error.message);
      throw error;
    }
  },
};

async function upload(context: BuiltinContext): Promise<BuiltinEnd> {
  const { inputs, workspace, env, temp } = context;
  const name = inputs.name || 'artifact';
  checkArtifactName(name);
  if (!inputs.path?.trim()) throw new InputError('the input path is missing');
  const hidden = yesOrNo(inputs, 'include-hidden-files');
  const level = wholeNumber(inputs, 'compression-level', 6);
  if (level > 9) throw new InputError(`the input compression-level is ${level}; it must be 0 to 9`);
  const found = findFiles(inputs.path, { workspace, home: env.HOME ?? '/', hidden, what: 'files' });
  if (found.paths.length === 0) return nothingFound(context);
  const file = join(temp, `artifact-${randomBytes(6).toString('hex')}.zip`);
  try {
    const zip = await writeZip(file, zipInputs(found), level);
    await send(context, { name, file, ...zip, files: found.paths.length });
  } finally {
    await rm(file, { force: true });
  }
  return DONE;
}

/** GitHub keeps the folders below what all patterns have in common; of a single file, its name only. */
function zipInputs({ paths, searched }: FoundFiles): readonly ZipInput[] {
  const [only] = searched;
  const isSingle = searched.length === 1 && paths.length === 1 && paths[0] === only;
  const root = isSingle
    ? dirname(only ?? '/')
    : searched.length === 1 && only !== undefined
      ? only
      : commonFolder(searched);
  // a pattern may name a file: then what it lies in is what is common
  const base = paths.includes(root) ? dirname(root) : root;
  return paths.map((file) => {
    const name = relative(base, file);
    checkArtifactPath(name);
    return { file, name };
  });
}

function nothingFound({ inputs, annotate, log }: BuiltinContext): BuiltinEnd {
  const message = `no files were found with the path: ${inputs.path?.trim().replaceAll('\n', ', ')}; no artifact is uploaded`;
  const wish = inputs['if-no-files-found'];
  if (wish === 'error') return failed(message);
  if (wish === 'ignore') log(`[signalbox] ${message}`);
  else if (wish === 'warn' || wish === '') annotate({ level: 'warning', message });
  else return failed(`the input if-no-files-found is "${wish}"; it must be warn, error or ignore`);
  return DONE;
}

/** A zip with so many files in it. */
export interface Sent {
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
  readonly digest: string;
  readonly files: number;
}

/** Sends a zip and says what came of it. */
export async function send(context: BuiltinContext, { files, ...zip }: Sent): Promise<void> {
  const { inputs, artifacts, log, setOutput } = context;
  const days = wholeNumber(inputs, 'retention-days', 0);
  const overwrite = yesOrNo(inputs, 'overwrite');
  const kept = await artifacts.upload({ ...zip, overwrite, ...(days > 0 ? { retentionDays: days } : {}) });
  log(
    `[signalbox] artifact ${zip.name}: ${files} ${files === 1 ? 'file' : 'files'}, ${describeBytes(zip.bytes)}, ${kept.url}`,
  );
  setOutput('artifact-id', String(kept.id));
  setOutput('artifact-digest', zip.digest);
  setOutput('artifact-url', kept.url);
}
