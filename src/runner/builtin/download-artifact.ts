import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import picomatch from 'picomatch';
import { CiError } from '../../support/ci-error.ts';
import type { ArtifactInfo } from '../actions/artifact-client.ts';
import { unpackZip } from '../actions/zip.ts';
import { type BuiltinAction, type BuiltinContext, type BuiltinEnd, DONE } from './builtin.ts';
import { failed, InputError, impossible, yesOrNo } from './inputs.ts';

/** `actions/download-artifact`: what other jobs of the same run have uploaded. */
export const downloadArtifact: BuiltinAction = {
  async main(context) {
    try {
      return await download(context);
    } catch (error) {
      if (error instanceof InputError) return failed(error.message);
      if (error instanceof CiError) return impossible(error.message);
      throw error;
    }
  },
};

async function download(context: BuiltinContext): Promise<BuiltinEnd> {
  const { inputs, artifacts, workspace, env, setOutput, log, order } = context;
  if (inputs['run-id'] && inputs['run-id'] !== String(order.run.id))
    return impossible('the input run-id names another run; only artifacts of the same run can be had');
  if (inputs.name && inputs['artifact-ids']) return failed('only one of the inputs name and artifact-ids can be given');
  const path = (inputs.path || '.').replace(/^~(?=\/|$)/, env.HOME ?? '~');
  const folder = resolve(workspace, path);
  const all = await artifacts.list();
  const chosen = choose(all, context);
  if (chosen.length === 0 && (inputs.name || inputs['artifact-ids'])) return failed(notFound(inputs, all));
  const isFlat = Boolean(inputs.name) || yesOrNo(inputs, 'merge-multiple');
  mkdirSync(folder, { recursive: true });
  for (const artifact of chosen) {
    const to =
      isFlat || (Boolean(inputs['artifact-ids']) && chosen.length === 1) ? folder : join(folder, artifact.name);
    await fetchOne(context, artifact, to);
  }
  if (chosen.length === 0) log('[signalbox] there is no artifact to download');
  setOutput('download-path', folder);
  return DONE;
}

function choose(all: readonly ArtifactInfo[], { inputs }: BuiltinContext): readonly ArtifactInfo[] {
  const ids = (inputs['artifact-ids'] ?? '')
    .split(',')
    .map((id) => id.trim())
    .filter(Boolean);
  if (ids.length > 0) return all.filter(({ id }) => ids.includes(String(id)));
  if (inputs.name) return all.filter(({ name }) => name === inputs.name);
  if (!inputs.pattern) return all;
  const fits = picomatch(inputs.pattern, { dot: false });
  return all.filter(({ name }) => fits(name));
}

function notFound(inputs: Readonly<Record<string, string>>, all: readonly ArtifactInfo[]): string {
  const names = all.map(({ name }) => name);
  const has = names.length === 0 ? 'it has none so far' : `it has ${names.join(', ')}`;
  return `this run has no artifact ${inputs.name || inputs['artifact-ids']}: ${has}`;
}

/** Unpacks an artifact into a folder. */
export async function fetchOne(
  { artifacts, temp, log }: BuiltinContext,
  artifact: ArtifactInfo,
  folder: string,
): Promise<void> {
  const file = join(temp, `artifact-${randomBytes(6).toString('hex')}.zip`);
  try {
    await pipeline(await artifacts.open(artifact), createWriteStream(file));
    mkdirSync(folder, { recursive: true });
    const files = await unpackZip(file, folder);
    log(`[signalbox] artifact ${artifact.name}: ${files} ${files === 1 ? 'file' : 'files'} in ${folder}`);
  } finally {
    await rm(file, { force: true });
  }
}
