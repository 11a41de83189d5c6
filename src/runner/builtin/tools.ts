import { accessSync, constants, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import semver from 'semver';

/** A version of a tool that this machine has. */
export interface FoundTool {
  /** As semver knows it: `20.11.1`. */
  readonly version: string;
  /** Folder of its programs. */
  readonly bin: string;
  /** Who put it there: `PATH`, `nvm`, `/usr/lib/jvm`. */
  readonly from: string;
}

/** What was chosen. */
export type Choice<Tool extends FoundTool> =
  | { readonly kind: 'exact'; readonly tool: Tool }
  /** Not what was asked for, and allowed by the configuration. */
  | { readonly kind: 'nearest'; readonly tool: Tool }
  | { readonly kind: 'none'; readonly reason: string };

/** The names in a folder; empty if it is none. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** The text of a file; undefined if it cannot be read. */
export function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Is it a file that can be executed? */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Folders of a PATH that hold this program, each once, wherever links lead. */
export function onPath(path: string | undefined, program: string): readonly string[] {
  const folders = (path ?? '')
    .split(delimiter)
    .filter((folder) => folder.startsWith('/') && isProgram(join(folder, program)));
  const seen = new Set<string>();
  return folders.filter((folder) => {
    const real = realpathSync(join(folder, program));
    if (seen.has(real)) return false;
    seen.add(real);
    return true;
  });
}

/** A place where a tool manager keeps versions, one folder each. */
export interface VersionsFolder {
  readonly from: string;
  readonly folder: string | undefined;
  /** Folder of the programs inside of one version. */
  readonly bin: string;
}

/** The versions in such folders whose name is a version (`v20.1.0`, `20.1.0`, `1.22`). */
export function installed(places: readonly VersionsFolder[], program: string): readonly FoundTool[] {
  return places.flatMap(({ from, folder, bin }) =>
    (folder === undefined ? [] : namesIn(folder)).flatMap((name) => {
      const version = versionOf(name);
      const path = folder === undefined ? '' : join(folder, name, bin);
      return version !== undefined && isProgram(join(path, program)) ? [{ version, bin: path, from }] : [];
    }),
  );
}

/** The folders of one tool in the tool caches that GitHub's runners have. */
export function toolCaches(toolCache: string, env: Readonly<Record<string, string>>, name: string, bin: string) {
  const folders = new Set([toolCache, env.RUNNER_TOOL_CACHE, env.AGENT_TOOLSDIRECTORY, '/opt/hostedtoolcache']);
  const arch = process.arch === 'x64' ? 'x64' : process.arch;
  return [...folders].flatMap((folder) =>
    folder ? [{ from: 'the tool cache', folder: join(folder, name), bin: join(arch, bin) }] : [],
  );
}

/** `v20.1`, `go1.22`, `1.8.0_392` as a version of three numbers; undefined for what is none. */
export function versionOf(text: string): string | undefined {
  const match = /^(?:v|go)?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-_.+]?([0-9A-Za-z.+-]+))?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, major = '0', minor = '0', patch = '0', rest] = match;
  const isPre = rest !== undefined && /^(?:a|alpha|b|beta|rc|dev|nightly|ea)/.test(rest);
  const tail = isPre ? `-${rest.replace(/[^0-9A-Za-z.-]/g, '.')}` : '';
  return semver.valid(`${Number(major)}.${Number(minor)}.${Number(patch)}${tail}`) ?? undefined;
}

/** The newest version in a range; with none, the nearest if that is allowed, else why not. */
export function choose<Tool extends FoundTool>(
  name: string,
  wanted: string,
  range: string,
  found: readonly Tool[],
  settings: { readonly nearestVersion: boolean; readonly prereleases?: boolean },
): Choice<Tool> {
  const options = { includePrerelease: settings.prereleases ?? false };
  const fitting = found.filter((tool) => semver.satisfies(tool.version, range, options));
  const [best] = newestFirst(fitting);
  if (best !== undefined) return { kind: 'exact', tool: best };
  const [near] = settings.nearestVersion ? nearestFirst(range, found) : [];
  if (near !== undefined) return { kind: 'nearest', tool: near };
  return { kind: 'none', reason: notHere(name, wanted, found) };
}

/** From the newest to the oldest; those that were found first come first among equals. */
export function newestFirst<Tool extends FoundTool>(found: readonly Tool[]): readonly Tool[] {
  return [...found].sort((a, b) => semver.rcompare(a.version, b.version));
}

function notHere(name: string, wanted: string, found: readonly FoundTool[]): string {
  const there = newestFirst(found).map((tool) => `${tool.version} (${tool.from})`);
  const has = there.length === 0 ? `it has no ${name} at all` : `it has ${[...new Set(there)].join(', ')}`;
  return (
    `${name} ${wanted} is not on this runner: ${has}; install it there, ask for another version, or let ` +
    'signalbox.yml take the nearest one (actions: { nearest_version: true })'
  );
}

function nearestFirst<Tool extends FoundTool>(range: string, found: readonly Tool[]): readonly Tool[] {
  const target = semver.validRange(range) === null ? null : semver.minVersion(range);
  if (target === null) return newestFirst(found);
  const distance = ({ version }: FoundTool) => {
    const { major, minor, patch } = new semver.SemVer(version);
    return [Math.abs(major - target.major), Math.abs(minor - target.minor), Math.abs(patch - target.patch)];
  };
  return [...newestFirst(found)].sort((a, b) => {
    const [of, other] = [distance(a), distance(b)];
    return of.map((part, index) => part - (other[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
  });
}
