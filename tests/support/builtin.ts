import { spawn } from 'node:child_process';
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Exit } from '../../src/model/conclusion.ts';
import type { Annotation } from '../../src/model/findings.ts';
import type { ActionSettings } from '../../src/model/workflow.ts';
import type { ArtifactClient } from '../../src/runner/actions/artifact-client.ts';
import type { BuiltinContext, BuiltinEnd } from '../../src/runner/builtin/builtin.ts';
import { builtinFor } from '../../src/runner/builtin/builtins.ts';
import type { ExecutionOrder } from '../../src/runner/execution-order.ts';
import { GIT_TEST_ENV } from './repository.ts';
import { tempDir } from './temp.ts';

/** What a job has that uses built-in actions, one after the other. */
export interface BuiltinJob extends AsyncDisposable {
  /** Folder with all of it. */
  readonly path: string;
  readonly workspace: string;
  /** What was said in the log, programs' output included. */
  readonly said: string[];
  readonly outputs: Record<string, string>;
  readonly env: Record<string, string>;
  readonly annotations: Annotation[];
  /** JSON of the problem matchers that were added. */
  readonly matchers: string[];
  /** Programs that were run. */
  readonly commands: string[];
  /** Runs the main part of an action: `actions/checkout`. */
  run(name: string, inputs?: Readonly<Record<string, string>>): Promise<BuiltinEnd>;
  /** Runs what the last one left for the end of the job. */
  post(): Promise<BuiltinEnd>;
}

/** What a test wants otherwise. */
export interface BuiltinWishes {
  readonly order?: Partial<ExecutionOrder>;
  readonly settings?: Partial<ActionSettings>;
  readonly env?: Readonly<Record<string, string>>;
  readonly artifacts?: ArtifactClient;
  /** Where the workspace is; made in a folder of its own otherwise. */
  readonly workspace?: string;
  /** Folder for what is kept between jobs; its own otherwise. */
  readonly caches?: string;
  readonly urlOf?: (path: string) => string;
  /** Did a step of the job do something before? Default: no. */
  readonly hasBegun?: boolean;
}

const SETTINGS: ActionSettings = { server: 'http://127.0.0.1:1', allow: [], pinned: false, nearestVersion: false };

/** Makes a job in a folder of its own. */
export async function startBuiltins(wishes: BuiltinWishes = {}): Promise<BuiltinJob> {
  const dir = await tempDir('signalbox-builtin-');
  const path = realpathSync(dir.path);
  const place = (name: string) => {
    mkdirSync(join(path, name), { recursive: true });
    return join(path, name);
  };
  const workspace = wishes.workspace ?? place('work');
  const [said, commands, annotations]: [string[], string[], Annotation[]] = [[], [], []];
  const matchers: string[] = [];
  const outputs: Record<string, string> = {};
  const env: Record<string, string> = {
    ...{ PATH: process.env.PATH ?? '', HOME: place('home') },
    ...GIT_TEST_ENV,
    ...wishes.env,
  };
  let [state, last]: [Record<string, string>, string] = [{}, ''];
  let inputs: Readonly<Record<string, string>> = {};
  let hasBegun = wishes.hasBegun ?? false;
  const context = (): BuiltinContext => ({
    inputs,
    env,
    workspace,
    isUntouched: !hasBegun,
    temp: place('temp'),
    toolCache: place('tools'),
    github: { repository: orderOf(wishes).repository.name },
    order: orderOf(wishes),
    log: (line) => said.push(line),
    setOutput: (name, value) => {
      outputs[name] = value;
    },
    setEnv: (name, value) => {
      env[name] = value;
    },
    addPath: (folder) => {
      env.PATH = `${folder}:${env.PATH}`;
    },
    saveState: (name, value) => {
      state[name] = value;
    },
    state,
    annotate: (annotation) => annotations.push(annotation),
    addMatchers: (json) => matchers.push(json),
    mask: () => {},
    exec: (command, options = {}) => {
      commands.push(command.join(' '));
      return execute(command, options.cwd ?? workspace, { ...env, ...options.env }, said);
    },
    caches: wishes.caches ?? place('caches'),
    artifacts: wishes.artifacts ?? nowhere,
    stopped: new Promise(() => {}),
    settings: { ...SETTINGS, ...wishes.settings },
    urlOf: wishes.urlOf ?? ((at) => `http://127.0.0.1:1${at}`),
  });
  return {
    ...{ path, workspace, said, outputs, env, annotations, commands, matchers },
    async run(name, given = {}) {
      const found = builtinFor(name);
      if (found === undefined) throw new Error(`${name} is not built in`);
      const defaults = Object.entries(found.manifest.inputs).map(([key, input]) => [key, String(input.default ?? '')]);
      inputs = { ...Object.fromEntries(defaults), ...given };
      [state, last] = [{}, name];
      const its = context();
      hasBegun = true;
      return await found.action.main(its);
    },
    async post() {
      return (await builtinFor(last)?.action.post?.(context())) ?? { conclusion: 'success' };
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

const nowhere: ArtifactClient = {
  upload: () => Promise.reject(new Error('there is no place for artifacts')),
  list: () => Promise.resolve([]),
  open: () => Promise.reject(new Error('there is no place for artifacts')),
};

function orderOf({ order }: BuiltinWishes): ExecutionOrder {
  return {
    job: 1,
    execution: 1,
    run: { id: 1, number: 1, attempt: 1, event: 'push', ref: 'refs/heads/main' },
    repository: { id: 1, name: 'acme/app' },
    sha: '0'.repeat(40),
    tree: null,
    spec: {
      ...{ found: '', checkout: true, steps: [], env: {}, envPass: [] },
      ...{ timeoutMs: 60_000, logLimitBytes: 1e8, exclusive: false },
    },
    git: { objects: [], path: '/git/1', ticket: 'ticket' },
    ...order,
  };
}

function execute(
  [file, ...args]: readonly [string, ...string[]],
  cwd: string,
  env: Record<string, string>,
  said: string[],
): Promise<Exit> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => said.push(text));
    child.on('error', reject);
    child.on('close', (status, signal) => resolve(signal === null ? { status: status ?? 0 } : { signal }));
  });
}
