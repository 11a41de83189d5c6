import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { which } from '../../src/runner/workflow/shells.ts';

/** An image that is made here of programs of this machine, with the libraries that they load: no registry is needed. */
interface TestImage {
  readonly programs: readonly string[];
  /** Programs of which it has only the libraries, so that they work when they are mounted. */
  readonly librariesOf?: readonly string[];
}

/** By the names under which workflows ask for them. */
const IMAGES: Readonly<Record<string, TestImage>> = {
  'localhost/signalbox-test-shell:1': { programs: ['busybox', 'bash'], librariesOf: [process.execPath] },
  'localhost/signalbox-test-static:1': { programs: ['busybox'] },
  'localhost/signalbox-test-redis:1': { programs: ['busybox', 'redis-server', 'redis-cli'] },
};

let found: 'docker' | 'podman' | 'none' | undefined;

/**
 * The engine that can execute something on this machine, which its version does not tell: one of the images is made
 * and run. The images are there then.
 */
export function testEngine(): 'docker' | 'podman' | undefined {
  found ??= (['docker', 'podman'] as const).find(works) ?? 'none';
  return found === 'none' ? undefined : found;
}

function works(engine: 'docker' | 'podman'): boolean {
  if (which(engine, process.env.PATH ?? '') === undefined) return false;
  if (!Object.keys(IMAGES).every((name) => haveTestImage(engine, name))) return false;
  const tried = spawnSync(engine, ['run', '--rm', 'localhost/signalbox-test-static:1', 'true'], { timeout: 60_000 });
  return tried.status === 0;
}

function haveTestImage(engine: string, name: string): boolean {
  if (spawnSync(engine, ['image', 'inspect', name]).status === 0) return true;
  const { programs, librariesOf = [] } = IMAGES[name] ?? { programs: [] };
  const paths = programs.map((program) => which(program, process.env.PATH ?? ''));
  if (paths.some((path) => path === undefined)) return false;
  const root = mkdtempSync(join(tmpdir(), 'signalbox-image-'));
  try {
    fillRoot(root, paths.map(String), librariesOf);
    const packed = spawnSync('tar', ['-C', root, '-c', '.'], { maxBuffer: 1 << 28 });
    const env = ['--change', 'ENV PATH=/bin', '--change', 'ENV OF_IMAGE=yes'];
    return spawnSync(engine, ['import', ...env, '-', name], { input: packed.stdout }).status === 0;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function fillRoot(root: string, programs: readonly string[], librariesOf: readonly string[]): void {
  for (const folder of ['bin', 'etc', 'proc', 'sys', 'dev', 'root', 'tmp', 'var']) mkdirSync(join(root, folder));
  writeFileSync(join(root, 'etc', 'passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(root, 'etc', 'signalbox-image'), 'yes\n');
  for (const program of programs) copyFileSync(realpathSync(program), join(root, 'bin', program.replace(/.*\//, '')));
  for (const library of [...programs, ...librariesOf].flatMap(loadedBy)) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    copyFileSync(realpathSync(library), join(root, library));
  }
  const names = spawnSync('busybox', ['--list'], { encoding: 'utf8' }).stdout.split('\n');
  for (const name of names)
    if (name !== '' && !existsSync(join(root, 'bin', name))) symlinkSync('busybox', join(root, 'bin', name));
}

/** The shared libraries of a program, the loader included. */
function loadedBy(program: string): readonly string[] {
  const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' });
  return [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path = '']) => path);
}
