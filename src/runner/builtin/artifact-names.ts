import { InputError } from './inputs.ts';

/** What cannot be in a file name on some system; GitHub refuses it everywhere. */
const BAD = /["<>|*?:\r\n]/;

/** @throws {InputError} if GitHub would refuse it. */
export function checkArtifactName(name: string): void {
  const [bad] = /["<>|*?:\r\n\\/]/.exec(name) ?? [];
  if (bad !== undefined)
    throw new InputError(
      `the artifact name ${JSON.stringify(name)} has ${JSON.stringify(bad)} in it, which is not allowed`,
    );
  if (name.length > 255) throw new InputError('the artifact name is longer than 255 characters');
}

/** @throws {InputError} if GitHub would refuse it. */
export function checkArtifactPath(path: string): void {
  const [bad] = BAD.exec(path) ?? [];
  if (bad !== undefined)
    throw new InputError(
      `the path ${JSON.stringify(path)} has ${JSON.stringify(bad)} in it, which artifacts cannot have`,
    );
}
