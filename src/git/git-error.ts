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
  override readonly name: string = 'GitError';
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

/** The other side wants to know who asks, or does not let in whom it was told. */
export class AccessDeniedError extends GitError {
  override readonly name = 'AccessDeniedError';
  override readonly code = 'E_GIT_ACCESS_DENIED';
  constructor(failure: GitFailure) {
    super({
      ...failure,
      detail:
        `it was not let in (${firstLine(failure.detail, DENIED)}), because no token or key is set, it is wrong or has expired, or the ` +
        'repository is not there; set one with "signalbox add URL --token-file FILE" or "--ssh-key FILE"',
    });
  }
}

/** A host over ssh is not the one that it was: perhaps it is somebody between. */
export class HostKeyChangedError extends GitError {
  override readonly name = 'HostKeyChangedError';
  override readonly code = 'E_GIT_HOST_KEY';
  constructor(failure: GitFailure) {
    const [, file = 'the known hosts of this machine'] = /key in (\S.*):\d+$/m.exec(failure.detail) ?? [];
    const [, host = 'the host'] = /Host key for (\S+) has changed/.exec(failure.detail) ?? [];
    super({
      ...failure,
      detail:
        `the ssh key of ${host} is not the one in ${file}, so nothing was sent: somebody may sit between; if the host has a ` +
        `new key and you know it, forget the old one with "ssh-keygen -f '${file}' -R '${host}'"`,
    });
  }
}

/** Nobody answered where the remote is said to be. */
export class UnreachableError extends GitError {
  override readonly name = 'UnreachableError';
  override readonly code = 'E_GIT_UNREACHABLE';
  /** What git said, without the address. */
  readonly said: string;

  constructor(failure: GitFailure) {
    const line = firstLine(failure.detail, UNREACHABLE);
    super({
      ...failure,
      detail:
        `nobody answered (${line}), because the address is wrong, or that machine or the way ` +
        'to it is down; "git ls-remote URL" says whether git can reach it',
    });
    this.said = line.replace(/^fatal: unable to access '[^']*': /, '');
  }
}

const DENIED =
  /Authentication failed for|could not read (?:Username|Password) for|Permission denied \(|returned error: 40[13]|Repository not found|Too many authentication failures/i;

const UNREACHABLE =
  /Failed to connect to|Couldn't connect to server|Could not resolve (?:host|hostname)|Connection (?:refused|timed out)|No route to host|Network is unreachable/i;

/** What git could not do, as an error that says what to do where that is known. Its words are in English (LC_ALL=C). */
export function remoteError(failure: GitFailure): GitError {
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED/.test(failure.detail)) return new HostKeyChangedError(failure);
  const isRemote = ['fetch', 'ls-remote', 'clone'].includes(subcommandOf(failure.args));
  if (isRemote && DENIED.test(failure.detail)) return new AccessDeniedError(failure);
  return isRemote && UNREACHABLE.test(failure.detail) ? new UnreachableError(failure) : new GitError(failure);
}

function firstLine(text: string, words: RegExp): string {
  const line = text.split('\n').find((each) => words.test(each)) ?? text;
  return withoutPassword(line).trim().slice(0, 300);
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
    const words = why.trim().replace(/\s*\n\s*/g, ' '); // git adds a line at the border of a disk
    super(
      `${path} is not a git repository that can be read (${words}); give the folder of one, or run \`git init\` there`,
      options,
    );
  }
}

/** The first word that is no option: what a person would call the command. */
function subcommandOf(args: readonly string[]): string {
  return args.find((arg, at) => !arg.startsWith('-') && args[at - 1] !== '-c') ?? '';
}
