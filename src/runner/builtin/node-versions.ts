import { join } from 'node:path';
import semver from 'semver';
import { ask } from './ask-program.ts';
import { type FoundTool, installed, onPath, textOf, toolCaches } from './tools.ts';

/** Code names of the lines with long-term support. */
const LTS_NAMES: Readonly<Record<string, number>> = {
  ...{ argon: 4, boron: 6, carbon: 8, dubnium: 10, erbium: 12, fermium: 14 },
  ...{ gallium: 16, hydrogen: 18, iron: 20, jod: 22, krypton: 24 },
};

/** All versions of Node on this machine; those on the PATH come first. */
export async function findNodes(
  env: Readonly<Record<string, string>>,
  toolCache: string,
): Promise<readonly FoundTool[]> {
  const named = await Promise.all(onPath(env.PATH, 'node').map((bin) => nodeIn(bin, env)));
  const places = [
    { from: 'nvm', folder: inFolder(env.NVM_DIR, 'versions/node'), bin: 'bin' },
    { from: 'fnm', folder: inFolder(env.FNM_DIR, 'node-versions'), bin: 'installation/bin' },
    { from: 'volta', folder: inFolder(env.VOLTA_HOME, 'tools/image/node'), bin: 'bin' },
    { from: 'asdf', folder: inFolder(env.ASDF_DATA_DIR, 'installs/nodejs'), bin: 'bin' },
    { from: 'mise', folder: inFolder(env.MISE_DATA_DIR, 'installs/node'), bin: 'bin' },
    { from: 'nodenv', folder: inFolder(env.NODENV_ROOT, 'versions'), bin: 'bin' },
    { from: 'n', folder: inFolder(env.N_PREFIX ?? '/usr/local', 'n/versions/node'), bin: 'bin' },
    ...toolCaches(toolCache, env, 'node', 'bin'),
  ];
  return [...named.filter((node) => node !== undefined), ...installed(places, 'node')];
}

function inFolder(root: string | undefined, path: string): string | undefined {
  return root === undefined ? undefined : join(root, path);
}

/** By the header that comes with it, which costs no process; by asking it, if there is none. */
async function nodeIn(bin: string, env: Readonly<Record<string, string>>): Promise<FoundTool | undefined> {
  const header = textOf(join(bin, '../include/node/node_version.h')) ?? '';
  const part = (name: string) => new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(header)?.[1];
  const [major, minor, patch] = [part('MAJOR'), part('MINOR'), part('PATCH')];
  const isKnown = major !== undefined && minor !== undefined && patch !== undefined;
  const said = isKnown ? `${major}.${minor}.${patch}` : await ask([join(bin, 'node'), '--version'], env);
  const version = semver.valid(said ?? '');
  return version === null ? undefined : { version, bin, from: 'PATH' };
}

/** What a `node-version` means as a range, or why it cannot be had. */
export function nodeRange(wanted: string, found: readonly FoundTool[]): { range: string } | { reason: string } {
  const text = wanted.trim().replace(/^v(?=\d)/, '');
  if (/^(?:latest|current|node|\*)$/i.test(text)) return { range: '*' };
  const lts = /^lts\/(.+)$/i.exec(text)?.[1]?.toLowerCase();
  if (lts !== undefined) return ltsRange(lts, wanted, found);
  if (/nightly|canary|-rc/i.test(text))
    return { reason: `node-version "${wanted}": previews of Node are not looked for` };
  const range = semver.validRange(text);
  if (range === null) return { reason: `node-version "${wanted}" is no version and no range of versions` };
  return { range };
}

/** `*`: the newest line that is here; `-1`: the one before; a code name. */
function ltsRange(name: string, wanted: string, found: readonly FoundTool[]): { range: string } | { reason: string } {
  const lines = [...new Set(found.map(({ version }) => semver.major(version)))].filter((major) => major % 2 === 0);
  const newest = lines.sort((a, b) => b - a);
  const back = name === '*' ? 0 : /^-\d+$/.test(name) ? -Number(name) : undefined;
  const major = back === undefined ? LTS_NAMES[name] : newest[back];
  if (major !== undefined) return { range: `${major}.x` };
  if (back !== undefined) return { range: back === 0 ? '4 || 6 || >=8' : '<0' };
  return { reason: `node-version "${wanted}" is the name of no line of Node that is known here` };
}

/**
 * The version that a file asks for: `package.json` (volta, devEngines, engines), `.nvmrc`, `.node-version`,
 * `.tool-versions`. Undefined if it names none.
 */
export function nodeVersionIn(text: string): string | undefined {
  const manifest = parseManifest(text);
  if (manifest !== undefined) return ofManifest(manifest);
  return /^(?:node(?:js)?\s+)?v?(?<version>[^\s#]+)\s*(?:#.*)?$/m.exec(text)?.groups?.version;
}

interface PackageJson {
  readonly volta?: { readonly node?: unknown };
  readonly devEngines?: { readonly runtime?: unknown };
  readonly engines?: { readonly node?: unknown };
}

function parseManifest(text: string): PackageJson | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function ofManifest({ volta, devEngines, engines }: PackageJson): string | undefined {
  const runtimes = [devEngines?.runtime].flat() as { name?: unknown; version?: unknown }[];
  const runtime = runtimes.find((entry) => entry?.name === 'node')?.version;
  return [volta?.node, runtime, engines?.node].find((version): version is string => typeof version === 'string');
}
