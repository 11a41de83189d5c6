import { execFile } from 'node:child_process';
import { chmod, chown, copyFile, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, expect, test } from 'vitest';
import { builtProgram } from '../support/build.ts';
import { tempDir } from '../support/temp.ts';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
let dir: Awaited<ReturnType<typeof tempDir>>;
let program: string;

/** A program of two pieces, which says `word`, and ends with the exit code that its second argument is. */
beforeEach(async () => {
  dir = await tempDir('signalbox-load-');
  program = join(dir.path, 'program');
  await mkdir(program);
  await copyFile(join(dirname((await builtProgram()).main), 'load.mjs'), join(program, 'load.mjs'));
  await writeFile(join(program, 'main.cjs'), `exports.word = () => require('./piece.mjs').word();`);
  await build('first', 'one');
  return () => dir[Symbol.asyncDispose]();
});

async function build(word: string, key: string): Promise<void> {
  await writeFile(join(program, 'piece.cjs'), `exports.word = () => '${word} of ' + require('node:os').EOL.length;`);
  const lines = `import { load } from './load.mjs';
console.log(load('main', '${key}').word());
process.exitCode = Number(process.argv[3] ?? 0);`;
  await writeFile(join(program, 'main.mjs'), lines);
}

async function say(args: readonly string[] = ['show'], more: { readonly uid?: number } = {}): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: join(dir.path, 'person') };
  return (await run(process.execPath, [join(program, 'main.mjs'), ...args], { env, ...more })).stdout.trim();
}

const compiled = (folder = join(program, 'compiled')): Promise<readonly string[]> => readdir(folder).catch(() => []);

async function file(): Promise<string> {
  const [name = ''] = await compiled();
  return join(program, 'compiled', name);
}

test('what was compiled for a command is kept beside the program, and good for the next time', async () => {
  expect(await say()).toBe('first of 1');
  expect(await compiled()).toEqual([`show-${process.version}-${process.arch}`]);
  const { ino } = await stat(await file());
  expect(await say()).toBe('first of 1');
  expect((await stat(await file())).ino).toBe(ino); // all of it was taken: nothing new to keep
  expect(await say(['watch'])).toBe('first of 1');
  expect(await compiled()).toHaveLength(2);
});

test('what was compiled of another build is not executed', async () => {
  await say();
  await build('other', 'two'); // as long as the first, which is all that V8 compares
  expect(await say()).toBe('other of 1');
  expect(await readFile(await file(), 'latin1')).toContain('"two"');
});

test.each([0, 10, 900])('what was cut off after %i bytes is compiled again', async (bytes) => {
  await say();
  const { size } = await stat(await file());
  await truncate(await file(), bytes);
  expect(await say()).toBe('first of 1');
  expect((await stat(await file())).size).toBe(size);
});

test('a command that was mistyped, or is none, leaves nothing', async () => {
  await expect(say(['shwo', '2'])).rejects.toMatchObject({ code: 2 });
  await say(['../../x']);
  await say([]);
  expect(await compiled()).toEqual([]);
});

test('a program that was installed for all keeps it where each person keeps such things', async () => {
  const person = join(dir.path, 'person');
  const cache = join(person, '.cache', 'signalbox', 'compiled');
  await mkdir(person);
  if (isRoot) await chown(person, NOBODY, NOBODY);
  for (const [path, mode] of [
    [program, 0o555],
    [dir.path, 0o755],
  ] as const)
    await chmod(path, mode);
  const as = isRoot ? { uid: NOBODY } : {};
  expect(await say(['show'], as)).toBe('first of 1');
  expect(await compiled()).toEqual([]);
  expect(await compiled(cache)).toHaveLength(1);
  expect((await stat(cache)).mode & 0o777).toBe(0o700);
  await chmod(program, 0o755);
});

test.runIf(isRoot)('what somebody else has compiled is not executed', async () => {
  await say();
  const { ino } = await stat(await file());
  await chown(await file(), NOBODY, NOBODY);
  expect(await say()).toBe('first of 1');
  expect((await stat(await file())).ino).not.toBe(ino);
});
