import { CiError } from '../support/ci-error.ts';
import { LockedError } from '../support/file-lock.ts';
import { UsageError } from './usage-error.ts';

/** Another runner has this name on this home. */
class NameInUseError extends CiError {
  override readonly name = 'NameInUseError';
  readonly code = 'E_LOCKED';
  constructor(name: string, home: string, cause: unknown) {
    super(`a runner named ${name} runs on the home ${home} already; give this one another name with --name`, { cause });
  }
}

/** Options of `signalbox runner`. */
export interface RunnerFlags {
  readonly name?: string;
  readonly labels?: string;
  readonly slots?: string;
  readonly tokenFile?: string;
  readonly once?: boolean;
  readonly classic?: string;
  readonly repository?: string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** @throws {UsageError} if it is no name of a runner. */
export function checkedName(name: string): string {
  if (NAME.test(name)) return name;
  throw new UsageError(`--name is "${name}"; it must be letters, digits, ".", "_" and "-"`);
}

/** What `runner` gives. @throws {NameInUseError} instead of the error of its lock. */
export async function unlessNameInUse<T>(name: string, home: string, runner: Promise<T>): Promise<T> {
  return runner.catch((error: unknown) => {
    throw error instanceof LockedError ? new NameInUseError(name, home, error) : error;
  });
}
