import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type ExecutionOrder, trustOf } from './execution-order.ts';
import { MARKER_NAME } from './process-table.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What passes from the runner's own environment to every job; the rest of it is nobody's business there. */
const PASSED = ['PATH', 'LANG', 'LANGUAGE', 'TZ', 'USER', 'LOGNAME', 'SHELL'];

/** Roots of tool managers and tools, with the folder in the user's home where they are if the variable is not set. */
const TOOL_ROOTS: Readonly<Record<string, string>> = {
  ANDROID_HOME: '',
  ANDROID_SDK_ROOT: '',
  ASDF_DATA_DIR: '.asdf',
  ASDF_DIR: '',
  BUN_INSTALL: '.bun',
  CARGO_HOME: '',
  CONDA_PREFIX: '',
  DENO_INSTALL: '.deno',
  DOTNET_ROOT: '',
  FNM_DIR: '.local/share/fnm',
  GOENV_ROOT: '.goenv',
  GOPATH: '',
  GOROOT: '',
  GRADLE_HOME: '',
  JAVA_HOME: '',
  JENV_ROOT: '',
  M2_HOME: '',
  MAVEN_HOME: '',
  MISE_DATA_DIR: '.local/share/mise',
  NODENV_ROOT: '.nodenv',
  NVM_BIN: '',
  NVM_DIR: '.nvm',
  PHPENV_ROOT: '.phpenv',
  PNPM_HOME: '',
  PYENV_ROOT: '.pyenv',
  RBENV_ROOT: '.rbenv',
  RUSTUP_HOME: '.rustup',
  SDKMAN_DIR: '.sdkman',
  VOLTA_HOME: '.volta',
};

/** The part of the environment that is the same for all jobs of a runner. */
export function baseEnvironment(own: Environment, userHome: string = homedir()): Record<string, string> {
  const base: Record<string, string> = { PATH: own.PATH ?? ['/usr/local/bin', '/usr/bin', '/bin'].join(delimiter) };
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && (PASSED.includes(name) || name.startsWith('LC_') || name in TOOL_ROOTS))
      base[name] = value;
  }
  for (const [name, folder] of Object.entries(TOOL_ROOTS)) {
    // A job has a HOME of its own, so that a tool which looks there would not find itself any more.
    if (folder !== '' && base[name] === undefined && existsSync(join(userHome, folder)))
      base[name] = join(userHome, folder);
  }
  return base;
}

/**
 * Where tools keep what they downloaded: per repository and trust, since what is in a cache is executed later. Nothing
 * is linked out of a cache into a workspace: a test could change it there.
 */
function cacheEnvironment(caches: string): Record<string, string> {
  return {
    XDG_CACHE_HOME: caches,
    npm_config_cache: join(caches, 'npm'),
    YARN_CACHE_FOLDER: join(caches, 'yarn'),
    BUN_INSTALL_CACHE_DIR: join(caches, 'bun'),
    PIP_CACHE_DIR: join(caches, 'pip'),
    UV_CACHE_DIR: join(caches, 'uv'),
    UV_LINK_MODE: 'copy',
    CARGO_HOME: join(caches, 'cargo'),
    GOPATH: join(caches, 'go'),
    GRADLE_USER_HOME: join(caches, 'gradle'),
    ...mavenEnvironment(join(caches, 'm2')),
    NUGET_PACKAGES: join(caches, 'nuget'),
    COMPOSER_CACHE_DIR: join(caches, 'composer'),
    BUNDLE_USER_CACHE: join(caches, 'bundle'),
  };
}

/**
 * Maven knows `MAVEN_ARGS` since 3.9, and asks the system, not HOME, for the person's home: an older one would share their
 * `~/.m2`. Its script takes both apart at spaces.
 */
function mavenEnvironment(folder: string): Record<string, string> {
  if (/\s/.test(folder)) return {};
  const option = `-Dmaven.repo.local=${folder}`;
  return { MAVEN_ARGS: option, MAVEN_OPTS: option };
}

/** Where one execution lives. */
export interface JobPlaces {
  readonly workspace: string;
  readonly home: string;
  readonly tmp: string;
  readonly caches: string;
}

/** Who executes. */
export interface JobContext {
  /** Value of the marker: `<runner>/<job>/<execution>`. */
  readonly marker: string;
  readonly runnerName: string;
  readonly base: Readonly<Record<string, string>>;
  /** The runner's own environment, for what the repository lets pass by `env.pass`. */
  readonly own: Environment;
}

/** The whole environment of a job; steps add theirs. */
export function jobEnvironment(order: ExecutionOrder, places: JobPlaces, context: JobContext): Record<string, string> {
  const env: Record<string, string> = { ...cacheEnvironment(places.caches), ...context.base };
  for (const name of trustOf(order) === 'trusted' ? order.spec.envPass : []) {
    const value = context.own[name];
    if (value !== undefined) env[name] = value;
  }
  return {
    ...env,
    HOME: places.home,
    TMPDIR: places.tmp,
    CI: 'true',
    ...order.spec.env,
    ...ownVariables(order, places.workspace, context),
  };
}

function ownVariables(order: ExecutionOrder, workspace: string, context: JobContext): Record<string, string> {
  return {
    SIGNALBOX: 'true',
    SIGNALBOX_REPOSITORY: order.repository.name,
    SIGNALBOX_SHA: order.sha,
    SIGNALBOX_REF: order.run.ref,
    SIGNALBOX_EVENT: order.run.event,
    SIGNALBOX_RUN_ID: String(order.run.id),
    SIGNALBOX_RUN_NUMBER: String(order.run.number),
    SIGNALBOX_RUN_ATTEMPT: String(order.run.attempt),
    SIGNALBOX_JOB: String(order.job),
    SIGNALBOX_RUNNER: context.runnerName,
    SIGNALBOX_WORKSPACE: workspace,
    [MARKER_NAME]: context.marker,
  };
}
