import { type Detector, type Finding, type Folder, firstFile, hasFile, hasFolder, isExecutable } from './finding.ts';
import { readMakefile } from './makefile.ts';

/** The Makefile that `make` would take, if there is one. */
export function makefileOf(folder: Folder): string | undefined {
  return firstFile(folder, 'GNUmakefile', 'makefile', 'Makefile');
}

/** A `Makefile` with a target `test`. */
async function findMakeTests(folder: Folder): Promise<Finding | undefined> {
  const file = makefileOf(folder);
  const rules = file === undefined ? undefined : await readMakefile(folder, file);
  if (!rules?.targets.has('test')) return undefined;
  const why = `${file} has a target "test"`;
  if (!folder.entries.has('test') || rules.phony.has('test')) return { key: 'make', why, command: ['make', 'test'] };
  // make would find the file "test" up to date, and execute nothing
  return { key: 'make', why: `${why}, and "test" is there`, command: ['make', '--eval=.PHONY:test', 'test'] };
}

async function findCargoTests(folder: Folder): Promise<Finding | undefined> {
  if (!hasFile(folder, 'Cargo.toml')) return undefined;
  const locked = hasFile(folder, 'Cargo.lock') ? ['--locked'] : [];
  return { key: 'cargo', why: 'Cargo.toml is there', command: ['cargo', 'test', ...locked] };
}

async function findGoTests(folder: Folder): Promise<Finding | undefined> {
  if (!hasFile(folder, 'go.mod')) return undefined;
  return { key: 'go', why: 'go.mod is there', command: ['go', 'test', './...'] };
}

async function findMavenTests(folder: Folder): Promise<Finding | undefined> {
  if (!hasFile(folder, 'pom.xml')) return undefined;
  const program = isExecutable(folder, 'mvnw') ? './mvnw' : 'mvn';
  return { key: 'maven', why: 'pom.xml is there', command: [program, '--batch-mode', 'test'] };
}

async function findGradleTests(folder: Folder): Promise<Finding | undefined> {
  const file = firstFile(folder, 'build.gradle', 'build.gradle.kts', 'settings.gradle', 'settings.gradle.kts');
  if (file === undefined) return undefined;
  const program = isExecutable(folder, 'gradlew') ? './gradlew' : 'gradle';
  return { key: 'gradle', why: `${file} is there`, command: [program, '--console=plain', '--no-daemon', 'test'] };
}

async function findRubyTests(folder: Folder): Promise<Finding | undefined> {
  const bundled = hasFile(folder, 'Gemfile');
  const prefix = bundled ? ['bundle', 'exec'] : [];
  const before = bundled ? { before: [['bundle', 'install', '--quiet'] as const] } : {};
  const make = (why: string, ...command: string[]): Finding => {
    return { key: 'ruby', why, command: [...prefix, ...command] as [string, ...string[]], ...before };
  };
  if (hasFile(folder, '.rspec')) return make('.rspec is there', 'rspec');
  if (bundled && hasFolder(folder, 'spec')) return make('Gemfile and spec/ are there', 'rspec');
  if (hasFile(folder, 'Rakefile') && hasFolder(folder, 'test'))
    return make('Rakefile and test/ are there', 'rake', 'test');
  return undefined;
}

/** What failed is in the report alone in a form that is read. */
const REPORT = ['--log-junit', 'junit.xml'] as const;

async function findPhpTests(folder: Folder): Promise<Finding | undefined> {
  const file = firstFile(folder, 'phpunit.xml', 'phpunit.xml.dist', 'phpunit.dist.xml');
  if (file === undefined) return undefined;
  const why = `${file} is there`;
  const lock = firstFile(folder, 'composer.lock');
  if (!hasFile(folder, 'composer.json')) return { key: 'php', why, command: ['phpunit', ...REPORT] };
  const command = ['composer', 'install', '--no-interaction', '--no-progress'] as const;
  const install = {
    step: { name: command.join(' '), command },
    keyFiles: ['composer.json', ...(lock === undefined ? [] : [lock])],
    toolVersions: [['php', '--version'] as const],
    directories: ['vendor'],
  };
  return { key: 'php', why, command: ['vendor/bin/phpunit', ...REPORT], install };
}

async function findDotnetTests(folder: Folder): Promise<Finding | undefined> {
  const file = [...folder.entries.keys()].find((name) => /\.(sln|slnx|csproj|fsproj)$/.test(name));
  return file === undefined ? undefined : { key: 'dotnet', why: `${file} is there`, command: ['dotnet', 'test', file] };
}

async function findPerlTests(folder: Folder): Promise<Finding | undefined> {
  if (!hasFolder(folder, 't') || !(await folder.list('t')).some((entry) => entry.name.endsWith('.t'))) return undefined;
  return { key: 'perl', why: 't/ holds Perl tests', command: ['prove', '-lr', 't'] };
}

async function findCmakeTests(folder: Folder): Promise<Finding | undefined> {
  const text = hasFile(folder, 'CMakeLists.txt') ? await folder.read('CMakeLists.txt') : undefined;
  if (text === undefined || !/\b(enable_testing|include\s*\(\s*CTest)/i.test(text)) return undefined;
  const before = [['cmake', '-B', 'build'] as const, ['cmake', '--build', 'build'] as const];
  const command = ['ctest', '--test-dir', 'build', '--output-on-failure', '--output-junit', 'junit.xml'] as const;
  return { key: 'cmake', why: 'CMakeLists.txt enables testing', command, before };
}

/** Kinds that are told by one file and tested by one command. */
const SIMPLE: readonly (readonly [key: string, file: string, command: readonly [string, ...string[]]])[] = [
  ['deno', 'deno.json', ['deno', 'test', '-A']],
  ['elixir', 'mix.exs', ['mix', 'test']],
  ['swift', 'Package.swift', ['swift', 'test']],
  ['zig', 'build.zig', ['zig', 'build', 'test']],
  ['sbt', 'build.sbt', ['sbt', '-batch', 'test']],
  ['stack', 'stack.yaml', ['stack', 'test']],
  ['dart', 'pubspec.yaml', ['dart', 'test']],
];

const simple: readonly Detector[] = SIMPLE.map(([key, file, command]) => async (folder: Folder) => {
  return hasFile(folder, file) ? { key, why: `${file} is there`, command } : undefined;
});

/** All that is neither Node nor Python. */
export const OTHER_DETECTORS: readonly Detector[] = [
  findMakeTests,
  findCargoTests,
  findGoTests,
  findMavenTests,
  findGradleTests,
  findRubyTests,
  findPhpTests,
  findDotnetTests,
  findPerlTests,
  findCmakeTests,
  ...simple,
];
