import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OwnFiles } from '../../src/runner/workflow/own-files.ts';
import { tempDir } from '../support/temp.ts';

let dir: Awaited<ReturnType<typeof tempDir>>;
let folder: string;

beforeEach(async () => {
  dir = await tempDir();
  folder = join(dir.path, 'files');
});

afterEach(() => dir[Symbol.asyncDispose]());

/** A job that puts an event, a script and an empty file, does `work`, and ends; the inodes of event and empty file. */
function job(work: () => void = () => {}, event = '{}'): readonly number[] {
  const own = new OwnFiles(folder, join(dir.path, 'spare'));
  own.begin();
  const paths = [own.put('event.json', event), own.put('env_1', '')];
  own.put('1.sh', 'echo a secret');
  expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual([event, '']);
  const inodes = paths.map((path) => lstatSync(path).ino);
  work();
  own.end(['event.json'], ['env_1']);
  return inodes;
}

test('files that are as they have to be serve the next job, and scripts go', () => {
  const first = job();
  expect(readdirSync(folder).sort()).toEqual(['env_1', 'event.json']);
  expect(job()).toEqual(first);
});

test('what a step wrote does not stay', () => {
  job(() => {
    writeFileSync(join(folder, 'env_1'), 'TOKEN=secret');
    writeFileSync(join(folder, 'more'), 'secret');
    mkdirSync(join(folder, 'deep', 'er'), { recursive: true });
  });
  expect(readdirSync(folder)).toEqual(['event.json']);
  job();
});

test('a script that the repository holds serves the next job unless a step has changed it, and another takes its place', () => {
  const script = join(folder, '1.sh');
  const next = (text: string, work = () => {}) => {
    const own = new OwnFiles(folder, join(dir.path, 'spare'));
    own.begin();
    expect(readFileSync(own.putPublic('1.sh', text), 'utf8')).toBe(text);
    const { ino } = lstatSync(script);
    work();
    own.end([], []);
    return ino;
  };
  const first = next('npm ci');
  expect(next('npm ci')).toBe(first);
  next('npm ci', () => writeFileSync(script, 'secret'));
  expect(existsSync(script)).toBe(false);
  next('npm test');
  job();
  expect(existsSync(script)).toBe(false);
});

test('an event of another run, or one that a step changed, is written anew', () => {
  job();
  job(() => writeFileSync(join(folder, 'event.json'), '[]'), '{"a":1}');
  job(() => {}, '{"a":1}');
});

test('a file that somebody has by another name, may read, or has put a link in place of, is made anew', () => {
  const event = join(folder, 'event.json');
  const other = join(dir.path, 'other');
  const begins = () => {
    const { mode, nlink } = lstatSync(event);
    expect([mode & 0o777, nlink, lstatSync(event).isFile()]).toEqual([0o600, 1, true]);
  };
  const [linked] = job(() => linkSync(event, other));
  const [next] = job(() => {
    begins();
    chmodSync(event, 0o644);
  });
  expect(next).not.toBe(linked); // which is there still, by the other name
  job(() => {
    begins();
    rmSync(event);
    symlinkSync(other, event);
  });
  job(() => {
    begins();
    rmSync(event);
    mkdirSync(event);
  });
  job(begins);
});

test('a folder that was removed, or is a link elsewhere, is made anew', () => {
  job(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(dir.path, 'elsewhere'));
  job(() => {
    rmSync(folder, { recursive: true });
    symlinkSync(join(dir.path, 'elsewhere'), folder);
  });
  job();
  expect(lstatSync(folder).isDirectory()).toBe(true);
  expect(readdirSync(join(dir.path, 'elsewhere'))).toEqual([]);
});

test('where no folder can be made another one serves', () => {
  writeFileSync(join(dir.path, 'file'), '');
  const own = new OwnFiles(join(dir.path, 'file', 'files'), join(dir.path, 'spare'));
  own.begin();
  expect(own.put('1.sh', 'true')).toBe(join(dir.path, 'spare', '1.sh'));
  own.end([], []);
  expect(existsSync(join(dir.path, 'spare', '1.sh'))).toBe(false);
});
