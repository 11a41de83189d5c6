import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ask } from './ask-program.ts';
import { type FoundTool, isProgram, namesIn, onPath, textOf, toolCaches, versionOf } from './tools.ts';

/** A JDK of this machine. */
export interface FoundJava extends FoundTool {
  /** `JAVA_HOME`. */
  readonly home: string;
  /** Who made it, as it says itself: `Eclipse Adoptium`; '' if it does not. */
  readonly maker: string;
}

/** All JDKs on this machine, each once. */
export async function findJavas(
  env: Readonly<Record<string, string>>,
  toolCache: string,
): Promise<readonly FoundJava[]> {
  const javaHomes = Object.entries(env).filter(([name, home]) => /^JAVA_HOME(?:_\w+)?$/.test(name) && home !== '');
  const homes: (readonly [home: string, from: string])[] = [
    ...javaHomes.map(([name, home]) => [home, name] as const),
    ...onPath(env.PATH, 'javac').map((bin) => [dirname(dirname(realpathSync(join(bin, 'javac')))), 'PATH'] as const),
    ...inFolder('/usr/lib/jvm', '/usr/lib/jvm'),
    ...inFolder('/Library/Java/JavaVirtualMachines', 'macOS', 'Contents/Home'),
    ...inFolder(env.SDKMAN_DIR && join(env.SDKMAN_DIR, 'candidates/java'), 'sdkman'),
    ...inFolder(env.ASDF_DATA_DIR && join(env.ASDF_DATA_DIR, 'installs/java'), 'asdf'),
    ...inFolder(env.MISE_DATA_DIR && join(env.MISE_DATA_DIR, 'installs/java'), 'mise'),
    ...inFolder(env.JENV_ROOT && join(env.JENV_ROOT, 'versions'), 'jenv'),
    ...inToolCaches(env, toolCache),
  ];
  const seen = new Set<string>();
  const found = await Promise.all(
    homes.flatMap(([home, from]) => {
      const real = isProgram(join(home, 'bin', 'java')) ? realpathSync(home) : '';
      if (real === '' || seen.has(real)) return [];
      seen.add(real);
      return [javaAt(real, from, env)];
    }),
  );
  return found.filter((java) => java !== undefined);
}

function inFolder(folder: string | undefined, from: string, inner = ''): (readonly [string, string])[] {
  return folder ? namesIn(folder).map((name) => [join(folder, name, inner), from] as const) : [];
}

/** `Java_Temurin-Hotspot_jdk/17.0.9-9/x64`. */
function inToolCaches(env: Readonly<Record<string, string>>, toolCache: string): (readonly [string, string])[] {
  return toolCaches(toolCache, env, '', '').flatMap(({ folder, from, bin }) =>
    namesIn(folder)
      .filter((name) => /^Java_.*_jdk$/.test(name))
      .flatMap((name) => inFolder(join(folder, name), from, bin)),
  );
}

/** By the file `release` that every JDK has; by asking, if this one has none. */
async function javaAt(
  home: string,
  from: string,
  env: Readonly<Record<string, string>>,
): Promise<FoundJava | undefined> {
  const release = textOf(join(home, 'release')) ?? '';
  const value = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(release)?.[1];
  const bin = join(home, 'bin');
  const said =
    value('JAVA_VERSION') ?? /version "([^"]+)"/.exec((await ask([join(bin, 'java'), '-version'], env)) ?? '')?.[1];
  const version = javaVersion(said ?? '');
  return version === undefined ? undefined : { version, bin, from, home, maker: value('IMPLEMENTOR') ?? '' };
}

/** `1.8.0_392` is 8.0.392; `21.0.2+13` is 21.0.2. */
export function javaVersion(text: string): string | undefined {
  const old = /^1\.(\d+)\.(\d+)(?:_(\d+))?/.exec(text);
  if (old !== null) return versionOf(`${old[1]}.${old[2]}.${old[3] ?? 0}`);
  return versionOf(/^\d+(?:\.\d+){0,2}/.exec(text)?.[0] ?? '');
}

/** The version that a file asks for: `.java-version`, `.tool-versions`, `.sdkmanrc`. */
export function javaVersionIn(name: string, text: string): string | undefined {
  const line = name.endsWith('.tool-versions')
    ? /^java\s+(\S+)/m.exec(text)?.[1]
    : name.endsWith('.sdkmanrc')
      ? /^java\s*=\s*(\S+)/m.exec(text)?.[1]
      : text.trim().split('\n')[0];
  return /(\d+(?:\.\d+)*)/.exec(line ?? '')?.[1]?.replace(/^1\.(?=\d)/, '');
}
