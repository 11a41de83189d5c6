import { CiError } from '../support/ci-error.ts';
import { withoutPassword } from './source.ts';

/** How a git process ended, for messages and for those who know what an exit status means. */
export interface GitFailure {
  readonly args: readonly string[];
  /** Folder or git folder it worked on. */
  readonly where: string;
  /** Exit status; null if it was killed or never began. */
  readonly status: number | null;
  /** Why it was killed, or what it wrote to stderr (the last 8 KiB). */
  readonly detail: string;
}

/** Git did not do what it was asked to. */
export class GitError extends CiError {
  override readonly name = 'GitError';
  readonly code: `E_GIT${string}` = 'E_GIT';
  /** Exit status; null if it was killed. */
  readonly status: number | null;
  /** What it wrote to stderr, or why it was killed. */
  readonly detail: string;

  constructor(failure: GitFailure, options?: ErrorOptions) {
    const how = failure.status === null ? 'was stopped' : `failed with exit code ${failure.status}`;
    const detail = withoutPassword(failure.detail);
    super(`git ${subcommandOf(failure.args)} ${how} in ${failure.where}: ${detail || 'it said nothing'}`, options);
    this.status = failure.status;
    this.detail = detail;
  }
}

/** There is no git that could be started. */
export class GitMissingError extends CiError {
  override readonly name = 'GitMissingError';
  readonly code = 'E_GIT_MISSING';
  constructor(options?: ErrorOptions) {
    super('git could not be started, probably because it is not installed or not on the PATH; install it', options);
  }
}

/** A commit that was asked for is not there. */
export class CommitNotFoundError extends CiError {
  override readonly name = 'CommitNotFoundError';
  readonly code = 'E_COMMIT_NOT_FOUND';
  constructor(sha: string, where: string, options?: ErrorOptions) {
    super(
      `commit ${sha} is not in ${where}, probably because its branch was force-pushed or deleted; ` +
        'push the commit again, or cancel the run',
      options,
    );
  }
}

/** A commit is there, but not all that it is made of. */
export class ObjectMissingError extends CiError {
  override readonly name = 'ObjectMissingError';
  readonly code = 'E_OBJECT_MISSING';
  constructor(sha: string, where: string, options?: ErrorOptions) {
    super(
      `object ${sha}, which the commit is made of, is not in ${where}: the repository is damaged, or a clone without ` +
        'all its objects; run "git fsck" in it, bring back what is missing, then commit or push again',
      options,
    );
  }
}

/** A folder that was taken for a repository is none. */
export class NotARepositoryError extends CiError {
  override readonly name = 'NotARepositoryError';
  readonly code = 'E_NOT_A_REPOSITORY';
  constructor(path: string, why: string, options?: ErrorOptions) {
    super(
      `${path} is not a git repository that can be read (${why}); give the folder of one, or run \`git init\` there`,
      options,
    );
  }
}

/** The first word that is no option: what a person would call the command. */
function subcommandOf(args: readonly string[]): string {
  return args.find((arg, at) => !arg.startsWith('-') && args[at - 1] !== '-c') ?? '';
}
