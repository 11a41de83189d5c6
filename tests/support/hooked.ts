import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { installHooks } from '../../src/hooks/install.ts';
import { type HookListener, listenForHooks, type ToldDelivery, type ToldPush } from './hook-listener.ts';
import { GIT_TEST_ENV } from './repository.ts';
import { tempDir } from './temp.ts';

/** How a command ended. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Settles when the last process that it started, in the background too, is gone. */
  readonly gone: Promise<void>;
}

/**
 * Runs a command in a folder. Whether something of it is left is told by a pipe at descriptor 10 that every process
 * inherits: it ends when the last of them does.
 */
export async function runIn(
  cwd: string,
  command: readonly [string, ...string[]],
  more: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const ignored = Array(7).fill('ignore');
  const env = { ...process.env, ...GIT_TEST_ENV, ...more };
  const child = spawn(command[0], command.slice(1), {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe', ...ignored, 'pipe'],
  });
  const gone = text(child.stdio.at(-1) as NodeJS.ReadableStream).then(() => {});
  const status = new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject));
  const [stdout, stderr] = await Promise.all([text(child.stdout as never), text(child.stderr as never)]);
  return { status: await status, stdout, stderr, gone };
}

/** Writes files below `root`, executable where they begin with `#!`. */
export async function writeFiles(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
    if (content.startsWith('#!')) await chmod(join(root, name), 0o755);
  }
}

/** A folder with a server in the observer's place and repositories that tell it of their commits. */
export class Hooked implements AsyncDisposable {
  readonly listener: HookListener;
  readonly root: string;
  readonly secret: string;
  readonly #dir: AsyncDisposable;
  /** Added to the environment of every command. */
  env: Record<string, string> = {};

  private constructor(dir: AsyncDisposable & { readonly path: string }, listener: HookListener, secret: string) {
    this.#dir = dir;
    this.root = dir.path;
    this.listener = listener;
    this.secret = secret;
  }

  /** Makes the folder and starts the server. */
  static async start(options: { secret?: string; isSilent?: boolean } = {}): Promise<Hooked> {
    const secret = options.secret ?? 'swordfish';
    const listener = await listenForHooks(secret, options.isSilent);
    return new Hooked(await tempDir('signalbox-hook-'), listener, secret);
  }

  /** Runs a command in `folder` (relative to the root), until nothing of it is left, in the background either. */
  async run(folder: string, ...command: [string, ...string[]]): Promise<Ended> {
    const ended = await runIn(join(this.root, folder), command, this.env);
    await ended.gone;
    return ended;
  }

  /** Runs git, which must succeed; its output without the last newline. */
  async git(folder: string, ...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.run(folder, 'git', ...args);
    if (status !== 0) throw new Error(`git ${args.join(' ')}: exit code ${status}\n${stdout}${stderr}`);
    return stdout.replace(/\n$/, '');
  }

  /** Makes a repository without commits on branch `main`. */
  async init(folder = 'app', ...options: string[]): Promise<string> {
    await mkdir(join(this.root, folder), { recursive: true });
    await this.git(folder, 'init', '-q', '-b', 'main', ...options);
    return folder;
  }

  /** Installs the hooks; the report's steps as `path: what`, with paths relative to the root. */
  async install(folder = 'app', options: { repository?: string; url?: string } = {}): Promise<string[]> {
    const { repository = 'local/app', url = this.listener.url } = options;
    const path = join(this.root, folder);
    const report = await installHooks({ path, secret: this.secret, repository, url, home: join(this.root, 'home') });
    return report.steps.filter((step) => step.isChange).map((step) => `${step.path}: ${step.what}`);
  }

  /** Writes files and commits them; the sha. */
  async commit(folder: string, message: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
    await writeFiles(join(this.root, folder), files);
    await this.git(folder, 'add', '-A');
    await this.git(folder, 'commit', '-q', '--allow-empty', '-m', message);
    return this.sha(folder);
  }

  /** The commit that `name` is. */
  async sha(folder: string, name = 'HEAD'): Promise<string> {
    return this.git(folder, 'rev-parse', name);
  }

  /** All pushes told since the last time, in any order they came, sorted so that each follows the one before it. */
  told(): ToldPush[] {
    return inOrder(this.deliveries().map((delivery) => delivery.push));
  }

  /** Takes what arrived; all of it must be signed well. */
  deliveries(): ToldDelivery[] {
    const taken = this.listener.take();
    for (const delivery of taken) if (!delivery.isVerified) throw new Error('a delivery has a wrong signature');
    return taken;
  }

  /** The text of a file below the root. */
  read(path: string): Promise<string> {
    return readFile(join(this.root, path), 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listener[Symbol.asyncDispose]();
    await this.#dir[Symbol.asyncDispose]();
  }
}

function inOrder(pushes: ToldPush[]): ToldPush[] {
  const starts = pushes.filter((push) => !pushes.some((other) => other !== push && other.after === push.before));
  const follow = (push: ToldPush): ToldPush[] => [
    push,
    ...pushes.filter((other) => other !== push && other.before === push.after).flatMap(follow),
  ];
  return starts.flatMap(follow);
}
