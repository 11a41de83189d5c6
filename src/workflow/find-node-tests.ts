import * as z from 'zod';
import type { InstallPlan, PlannedStep } from '../model/plan.ts';
import { type Finding, type Folder, firstFile, hasFile, UnreadableFileError } from './finding.ts';

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
}

const MANAGERS: readonly PackageManager[] = [
  {
    name: 'npm',
    lockFiles: ['package-lock.json', 'npm-shrinkwrap.json'],
    frozen: ['npm', 'ci', '--no-audit', '--no-fund'],
    loose: ['npm', 'install', '--no-audit', '--no-fund'],
  },
  {
    name: 'pnpm',
    lockFiles: ['pnpm-lock.yaml'],
    frozen: ['pnpm', 'install', '--frozen-lockfile'],
    loose: ['pnpm', 'install'],
  },
  {
    name: 'yarn',
    lockFiles: ['yarn.lock'],
    frozen: ['yarn', 'install', '--frozen-lockfile'],
    loose: ['yarn', 'install'],
  },
  {
    name: 'bun',
    lockFiles: ['bun.lock', 'bun.lockb'],
    frozen: ['bun', 'install', '--frozen-lockfile'],
    loose: ['bun', 'install'],
  },
];

/** What `npm init` writes where there are no tests. */
const PLACEHOLDER = /no test specified/;

/** Scripts of the project itself that an install runs; a restored snapshot runs them too. */
const LIFECYCLE = ['preinstall', 'install', 'postinstall', 'prepare'] as const;

/** A `package.json` with a test script. @throws {UnreadableFileError} */
export async function findNodeTests(folder: Folder): Promise<Finding | undefined> {
  if (!hasFile(folder, 'package.json')) return undefined;
  const text = await folder.read('package.json');
  if (text === undefined) return undefined; // a link to somewhere else
  const parsed = parseManifest(text);
  const script = parsed.scripts.test;
  if (script === undefined || PLACEHOLDER.test(script)) return undefined;
  const manager = managerOf(folder, parsed);
  const install = await installOf(folder, parsed, manager);
  const command = [manager.name, manager.name === 'bun' ? 'run' : 'test', ...(manager.name === 'bun' ? ['test'] : [])];
  return {
    key: 'node',
    why: 'package.json has a test script',
    command: command as [string, ...string[]],
    ...(install === undefined ? {} : { install }),
  };
}

function parseManifest(text: string): Manifest {
  try {
    return manifest.parse(JSON.parse(text.replace(/^\ufeff/, '')));
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : 'it is no JSON object';
    throw new UnreadableFileError(`package.json cannot be read: ${why}`);
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

/** Folders of the packages of a monorepo: patterns that are a path, or a path and `/*`. */
async function workspacesOf(folder: Folder, parsed: Manifest): Promise<readonly string[]> {
  const patterns = Array.isArray(parsed.workspaces) ? parsed.workspaces : (parsed.workspaces?.packages ?? []);
  const found: string[] = [];
  for (const pattern of patterns) {
    const path = pattern.replace(/^\.\//, '').replace(/\/\*{1,2}$/, '');
    if (path === pattern.replace(/^\.\//, '')) found.push(path);
    else
      for (const entry of await folder.list(path)) if (entry.kind === 'directory') found.push(`${path}/${entry.name}`);
  }
  return found;
}
