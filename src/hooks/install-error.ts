import { dirname } from 'node:path';
import { CiError } from '../support/ci-error.ts';

/** The hook could not be installed or removed; what was begun has been undone. */
export class InstallError extends CiError {
  override readonly name = 'InstallError';
  readonly code = 'E_INSTALL_HOOK';
}

const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write it; run the command as the user who owns the repository',
  EPERM: 'this user may not change it; run the command as the user who owns the repository',
  EROFS: 'its disk is mounted read-only; mount it writable, or work on a copy',
  ENOSPC: 'its disk is full; make room and try again',
  ENOTDIR: 'a file stands where there has to be a folder; move it away and try again',
  EISDIR: 'a folder stands where there has to be a file; move it away and try again',
  EDQUOT: 'the quota of this user is used up; make room and try again',
};

/** Says in words why the system refused to change a file of `repository`; any other error is given back as it is. */
export function explainRefusal(error: unknown, repository: string): unknown {
  const { code, path: at = repository } = error as NodeJS.ErrnoException;
  const path = code === 'ENOTDIR' ? dirname(at) : at; // what was to be made there, or read
  const why = REFUSALS[code ?? ''];
  if (why === undefined) return error;
  return new InstallError(`the hooks of ${repository} cannot be changed, because of ${path}: ${why}`, { cause: error });
}
