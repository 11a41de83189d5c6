import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Writable } from 'node:stream';
import { type Entry, entryOf, type GitAccess } from './access.ts';
import { type GitEnvironment, gitEnvironment, HARDENED_ARGS } from './git-env.ts';
import { GitError, GitMissingError, remoteError } from './git-error.ts';

export {
  AccessDeniedError,
  CommitNotFoundError,
  GitError,
  GitMissingError,
  HostKeyChangedError,
  NotARepositoryError,
  ObjectMissingError,
  UnreachableError,
} from './git-error.ts';

/** How git is run. */
export interface GitOptions extends GitEnvironment {
  /** Where it starts. Default: `/`, so that nothing is found by accident. */
  readonly cwd?: string;
  /** Written to its stdin. */
  readonly input?: string | Buffer;
  /** After this it is killed with all that it started. Default 30 000. */
  readonly timeoutMs?: number;
  /** Most bytes of output; it is killed beyond that. Default 64 MiB. */
  readonly maxBytes?: number;
  /** With what it is let in, and where. Default: as anybody. */
  readonly access?: { readonly with: GitAccess; readonly url: string } | undefined;
}

const KEPT_STDERR_BYTES = 8192;

/**
 * Runs git to its end and gives what it wrote to stdout. Nothing that a repository or the machine has configured is
 * executed: no hooks, fsmonitor, askpass or pager; the only protocols are those in `protocols`.
 * @throws {GitError} if it fails, takes longer than `timeoutMs` or writes more than `maxBytes`.
 * @throws {GitMissingError} if there is no git.
 */
export function runGit(args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
  const child = startGit(args, options);
  return new Promise((resolve, reject) => collect(child, args, options, resolve, reject));
}

/**
 * Runs a script of the shell, in which `git "$@" COMMAND` is git with these arguments, as {@link runGit} runs git: for commands that
 * follow one another. To start a process takes this one several milliseconds, and a shell a part of one.
 */
export function runGitScript(
  script: string,
  args: readonly string[],
  options: Omit<GitOptions, 'access'> & { readonly asUser: true },
): Promise<Buffer> {
  const { cwd = '/' } = options;
  const env = gitEnvironment(options);
  const child = spawn('/bin/sh', ['-e', '-c', script, 'sh', ...args], { cwd, env, stdio: 'pipe', detached: true });
  return new Promise((resolve, reject) => collect(child, [...args, script], options, resolve, reject));
}

/** Starts git, hardened as {@link runGit} does, with pipes on all three; in a process group of its own. */
export function startGit(args: readonly string[], options: GitOptions = {}): ChildProcess {
  const hardened = options.asUser ? [] : HARDENED_ARGS;
  const { cwd = '/', access } = options;
  if (access === undefined)
    return spawn('git', [...hardened, ...args], { cwd, env: gitEnvironment(options), stdio: 'pipe', detached: true });
  return startLetIn(entryOf(access.with, access.url), [...hardened, ...args], options);
}

/** The arguments of git come first, those of the helper after them: the last word on who is asked is ours. */
function startLetIn(entry: Entry, args: readonly string[], options: GitOptions): ChildProcess {
  const { command, secret } = entry;
  const all =
    command === 'git'
      ? [...HARDENED_ARGS, ...entry.args, ...args.slice(HARDENED_ARGS.length)]
      : [...entry.args, ...args];
  const child = spawn(command, all, {
    cwd: options.cwd ?? '/',
    env: { ...gitEnvironment(options), ...entry.env },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const door = child.stdio[3];
  door?.on('error', () => {}); // it may end without having asked
  if (door instanceof Writable) door.end(secret);
  child.once('exit', () => door?.destroy()); // an agent that outlives it has it open still
  return child;
}

/** Kills git and all that it started. Harmless if it is gone. */
export function killGit(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal); // the group is made by the child itself: in its first moment there may be none
  }
}

function collect(
  child: ChildProcess,
  args: readonly string[],
  options: GitOptions,
  resolve: (output: Buffer) => void,
  reject: (error: unknown) => void,
): void {
  const { timeoutMs = 30_000, maxBytes = 64 * 1024 * 1024 } = options;
  const where = options.gitDir ?? options.cwd ?? '/';
  // asked now: by the time the error comes, a folder that was away may be back
  const hasFolder = child.pid !== undefined || options.cwd === undefined || existsSync(options.cwd);
  const chunks: Buffer[] = [];
  let [bytes, stderr, stopped] = [0, '', ''];
  const stop = (why: string) => {
    stopped ||= why;
    killGit(child);
  };
  const timer = setTimeout(() => stop(`it took longer than ${timeoutMs} ms`), timeoutMs);
  child.stdout?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) stop(`it wrote more than ${maxBytes} bytes`);
    else chunks.push(chunk);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-KEPT_STDERR_BYTES);
  });
  child.stdin?.on('error', () => {}); // it may end before it has read everything; its exit status tells
  child.stdin?.end(options.input);
  child.on('error', (cause: NodeJS.ErrnoException) => {
    clearTimeout(timer);
    const isMissing = cause.code === 'ENOENT' && cause.path === 'git' && hasFolder;
    reject(
      isMissing ? new GitMissingError({ cause }) : new GitError({ args, where, status: null, detail: cause.message }),
    );
  });
  child.on('close', (status, signal) => {
    clearTimeout(timer);
    if (status === 0 && stopped === '') return resolve(Buffer.concat(chunks));
    const detail = stopped || stderr.trim() || (signal ? `it was killed by ${signal}` : '');
    reject(remoteError({ args, where, status: stopped ? null : status, detail }));
  });
}
