import { posix } from 'node:path';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import type { InstallPlan, PlannedStep } from '../model/plan.ts';
import { type Finding, type Folder, firstFile, hasFile, UnreadableFileError } from './finding.ts';
import { workspaceFolders } from './workspace-folders.ts';

/** As lenient as npm: what has another shape than it should is as if it were not there. */
const record = z.record(z.string(), z.unknown()).catch({});
const manifest = z.object({
  scripts: record.transform(textsIn),
  dependencies: record,
  devDependencies: record,
  optionalDependencies: record,
  workspaces: z
    .union([z.array(z.string()), z.object({ packages: z.array(z.string()).default([]) })])
    .optional()
    .catch(undefined),
  packageManager: z.string().optional().catch(undefined),
});
type Manifest = z.infer<typeof manifest>;

/** How one package manager installs and tests. */
interface PackageManager {
  readonly name: string;
  readonly lockFiles: readonly string[];
  /** Installs what the lock file says, and nothing else. */
  readonly frozen: readonly [string, ...string[]];
  /** Installs without a lock file. */
  readonly loose: readonly [string, ...string[]];
  /** Commands that test the packages at these paths of a monorepo, one after the other. */
  readonly testPackages: (paths: readonly string[]) => readonly (readonly [string, ...string[]])[];
}

const MANAGERS: readonly PackageManager[] = [
  {
    name: 'npm',
    lockFiles: ['package-lock.json', 'npm-shrinkwrap.json'],
    frozen: ['npm', 'ci', '--no-audit', '--no-fund'],
    loose: ['npm', 'install', '--no-audit', '--no-fund'],
    testPackages: (paths) => [['npm', 'test', ...paths.map((path) => `--workspace=${path}`)]],
  },
  {
    name: 'pnpm',
    lockFiles: ['pnpm-lock.yaml'],
    frozen: ['pnpm', 'install', '--frozen-lockfile'],
    loose: ['pnpm', 'install'],
    testPackages: (paths) => [['pnpm', ...paths.map((path) => `--filter=./${path}`), 'run', 'test']],
  },
  {
    name: 'yarn',
    lockFiles: ['yarn.lock'],
    frozen: ['yarn', 'install', '--frozen-lockfile'],
    loose: ['yarn', 'install'],
    testPackages: (paths) => paths.map((path) => ['yarn', '--cwd', path, 'run', 'test']),
  },
  {
    name: 'bun',
    lockFiles: ['bun.lock', 'bun.lockb'],
    frozen: ['bun', 'install', '--frozen-lockfile'],
    loose: ['bun', 'install'],
    testPackages: (paths) => [['bun', 'run', ...paths.map((path) => `--filter=./${path}`), 'test']],
  },
];

/** What `npm init` writes where there are no tests. */
const PLACEHOLDER = /no test specified/;

/** Scripts of the project itself that an install runs; a restored snapshot runs them too. */
const LIFECYCLE = ['preinstall', 'install', 'postinstall', 'prepare'] as const;

/** A `package.json` with a test script, or packages of a monorepo with one. @throws {UnreadableFileError} */
export async function findNodeTests(folder: Folder): Promise<Finding | undefined> {
  const parsed = await manifestAt(folder, '');
  if (parsed === undefined) return undefined;
  const manager = managerOf(folder, parsed);
  const found = hasTests(parsed) ? rootTests(manager) : await packageTests(folder, parsed, manager);
  const install = found === undefined ? undefined : await installOf(folder, parsed, manager);
  return found === undefined || install === undefined ? found : { ...found, install };
}

function rootTests({ name }: PackageManager): Finding {
  const command = name === 'bun' ? (['bun', 'run', 'test'] as const) : ([name, 'test'] as const);
  return { key: 'node', why: 'package.json has a test script', command };
}

/** Most packages that are named where it is said what was found. */
const MAX_NAMED = 5;

async function packageTests(folder: Folder, parsed: Manifest, manager: PackageManager): Promise<Finding | undefined> {
  const paths: string[] = [];
  for (const path of await workspacesOf(folder, parsed)) {
    const manifest = await manifestAt(folder, path);
    if (manifest !== undefined && hasTests(manifest)) paths.push(path);
  }
  const commands = manager.testPackages(paths);
  const command = commands.at(-1);
  if (paths.length === 0 || command === undefined) return undefined;
  const more = paths.length > MAX_NAMED ? ` and ${paths.length - MAX_NAMED} more` : '';
  const why = `${paths.slice(0, MAX_NAMED).join(', ')}${more}: package.json has a test script`;
  return { key: 'node', why, command, ...(commands.length > 1 ? { before: commands.slice(0, -1) } : {}) };
}

function hasTests({ scripts: { test } }: Manifest): boolean {
  return test !== undefined && !PLACEHOLDER.test(test);
}

/** The manifest in a folder of the repository; undefined if there is none, or it is a link to somewhere else. */
async function manifestAt(folder: Folder, path: string): Promise<Manifest | undefined> {
  const file = posix.join(path, 'package.json');
  const text = await folder.read(file);
  return text === undefined ? undefined : parseManifest(text, file);
}

function parseManifest(text: string, file: string): Manifest {
  try {
    return manifest.parse(JSON.parse(text.replace(/^\ufeff/, '')));
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : 'it is no JSON object';
    throw new UnreadableFileError(`${file} cannot be read: ${why}`);
  }
}

function textsIn(values: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const texts = Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(texts);
}

function managerOf(folder: Folder, parsed: Manifest): PackageManager {
  const named = MANAGERS.find((one) => parsed.packageManager?.startsWith(`${one.name}@`));
  const locked = MANAGERS.find((one) => firstFile(folder, ...one.lockFiles) !== undefined);
  return named ?? locked ?? (MANAGERS[0] as PackageManager);
}

async function installOf(folder: Folder, parsed: Manifest, manager: PackageManager): Promise<InstallPlan | undefined> {
  const lock = firstFile(folder, ...manager.lockFiles);
  const packages = await workspacesOf(folder, parsed);
  const needed = { ...parsed.dependencies, ...parsed.devDependencies, ...parsed.optionalDependencies };
  if (lock === undefined && Object.keys(needed).length === 0 && packages.length === 0) return undefined;
  const command = lock === undefined ? manager.loose : frozenOf(folder, manager);
  const manifests = ['package.json', ...packages.map((path) => `${path}/package.json`)];
  const settings = ['.npmrc', '.yarnrc', '.yarnrc.yml', 'pnpm-workspace.yaml', 'bunfig.toml', '.nvmrc'];
  const afterRestore = LIFECYCLE.filter((name) => parsed.scripts[name] !== undefined).map((name): PlannedStep => {
    return { name: `${manager.name} run ${name}`, command: [manager.name, 'run', name] };
  });
  return {
    step: { name: command.join(' '), command },
    keyFiles: [
      ...(lock === undefined ? [] : [lock]),
      ...manifests,
      ...settings.filter((file) => hasFile(folder, file)),
    ],
    toolVersions: [['node', '--version'], ...(manager.name === 'npm' ? [] : [[manager.name, '--version'] as const])],
    directories: ['node_modules', ...packages.map((path) => `${path}/node_modules`)],
    ...(afterRestore.length === 0 ? {} : { afterRestore }),
  };
}

/** Yarn 2 and later call it `--immutable`; they are told by their settings file. */
function frozenOf(folder: Folder, manager: PackageManager): readonly [string, ...string[]] {
  const isBerry = manager.name === 'yarn' && hasFile(folder, '.yarnrc.yml');
  return isBerry ? ['yarn', 'install', '--immutable'] : manager.frozen;
}

/** Folders of the packages of a monorepo. */
async function workspacesOf(folder: Folder, parsed: Manifest): Promise<readonly string[]> {
  const { workspaces = await pnpmWorkspaces(folder) } = parsed;
  const folders = await workspaceFolders(folder, Array.isArray(workspaces) ? workspaces : workspaces.packages);
  const texts = await Promise.all(folders.map((path) => folder.read(posix.join(path, 'package.json'))));
  return folders.filter((_, at) => texts[at] !== undefined);
}

const pnpmSettings = z.object({ packages: z.array(z.string()).default([]) });

/** What pnpm, which reads no `workspaces`, takes for packages. */
async function pnpmWorkspaces(folder: Folder): Promise<z.infer<typeof pnpmSettings>> {
  const text = await folder.read('pnpm-workspace.yaml');
  try {
    return pnpmSettings.parse(parseYaml(text ?? '{}'));
  } catch {
    return { packages: [] }; // pnpm says what is wrong with it
  }
}
