import { join } from 'node:path';
import semver from 'semver';
import { ask } from './ask-program.ts';
import { type FoundTool, installed, isProgram, namesIn, onPath, textOf, toolCaches, versionOf } from './tools.ts';

/** All versions of Go on this machine; those on the PATH come first. */
export async function findGos(env: Readonly<Record<string, string>>, toolCache: string): Promise<readonly FoundTool[]> {
  const named = await Promise.all(onPath(env.PATH, 'go').map((bin) => goOnPath(bin, env)));
  const roots = [env.GOROOT, '/usr/local/go', '/usr/lib/go'].flatMap((root) => (root ? [goIn(root, 'PATH')] : []));
  const places = [
    { from: 'goenv', folder: env.GOENV_ROOT && join(env.GOENV_ROOT, 'versions'), bin: 'bin' },
    { from: 'asdf', folder: env.ASDF_DATA_DIR && join(env.ASDF_DATA_DIR, 'installs/golang'), bin: 'go/bin' },
    { from: 'mise', folder: env.MISE_DATA_DIR && join(env.MISE_DATA_DIR, 'installs/go'), bin: 'bin' },
    ...toolCaches(toolCache, env, 'go', 'bin'),
  ].map((place) => ({ ...place, folder: place.folder || undefined }));
  const debian = namesIn('/usr/lib').filter((name) => /^go-\d/.test(name));
  const packaged = debian.map((name) => goIn(join('/usr/lib', name), '/usr/lib'));
  const found = [...named, ...roots, ...packaged].filter((tool) => tool !== undefined);
  return [...found, ...installed(places, 'go')];
}

/** By the file `VERSION` of its root. */
function goIn(root: string, from: string): FoundTool | undefined {
  const version = versionOf(textOf(join(root, 'VERSION'))?.split('\n')[0] ?? '');
  const bin = join(root, 'bin');
  return version !== undefined && isProgram(join(bin, 'go')) ? { version, bin, from } : undefined;
}

async function goOnPath(bin: string, env: Readonly<Record<string, string>>): Promise<FoundTool | undefined> {
  const near = goIn(join(bin, '..'), 'PATH');
  if (near !== undefined) return near;
  const said = await ask([join(bin, 'go'), 'env', 'GOVERSION'], { ...env, GOTOOLCHAIN: 'local' });
  const version = versionOf(said ?? '');
  return version === undefined ? undefined : { version, bin, from: 'PATH' };
}

/** What a `go-version` means as a range, or why it cannot be had. */
export function goRange(wanted: string, found: readonly FoundTool[]): { range: string } | { reason: string } {
  const text = wanted.trim().replace(/^go(?=\d)/, '');
  if (text === 'stable') return { range: '*' };
  if (text === 'oldstable') return { range: olderLine(found) };
  const plain = text.replace(/^(\d+\.\d+(?:\.\d+)?)((?:rc|beta)\d+)$/, '$1-$2');
  const range = semver.validRange(/^\d+\.\d+-/.test(plain) ? plain.replace('-', '.0-') : plain);
  return range === null ? { reason: `go-version "${wanted}" is no version and no range of versions` } : { range };
}

/** The line before the newest one that is here. */
function olderLine(found: readonly FoundTool[]): string {
  const lines = [...new Set(found.map(({ version }) => `${semver.major(version)}.${semver.minor(version)}`))];
  const [, older] = lines.sort((a, b) => semver.rcompare(`${a}.0`, `${b}.0`));
  return older === undefined ? '<0' : `${older}.x`;
}

/** The version that a file asks for: `go.mod`, `go.work`, `.go-version`, `.tool-versions`. */
export function goVersionIn(name: string, text: string): string | undefined {
  if (/\.(?:mod|work)$/.test(name)) {
    const toolchain = /^\s*toolchain\s+go(\d[^\s/]*)/m.exec(text)?.[1];
    return toolchain ?? /^\s*go\s+(\d[^\s/]*)/m.exec(text)?.[1];
  }
  if (name.endsWith('.tool-versions')) return /^golang\s+([^\s#]+)/m.exec(text)?.[1];
  return text.trim().split('\n')[0]?.trim() || undefined;
}
