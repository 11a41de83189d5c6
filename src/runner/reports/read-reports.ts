import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dirname } from 'node:path/posix';
import { setImmediate } from 'node:timers/promises';
import type { TestCase } from '../../model/findings.ts';
import { messageOf } from '../../support/ci-error.ts';
import type { FoundReports, ReportFile } from './find-reports.ts';
import { isGoJson, parseGoJson } from './go-json.ts';
import { readJson } from './json-reports.ts';
import { isJunit, parseJunit } from './junit.ts';
import { Places } from './places.ts';
import { isTap, parseTap } from './tap.ts';
import { bounded, countWords, keptWords, type ReportMasks, toCase } from './test-cases.ts';
import type { TestDraft } from './test-draft.ts';

/** Largest report, most reports of a job, and most bytes of them all: half a second for each 10 MB. */
const MAX_BYTES = 20 * 1024 * 1024;
const MAX_FILES = 100;
const MAX_ALL_BYTES = 60 * 1024 * 1024;
/** What the reports of a job say. */
export interface Reported {
  /** How many were read. */
  readonly reports: number;
  /** Failing ones first where there were too many. */
  readonly tests: readonly TestCase[];
  /** For the log of the job. */
  readonly notes: readonly string[];
}

/** Reads the reports that were found in a workspace. What cannot be read is in the notes. */
export async function readReports(
  workspace: string,
  { files, isComplete }: FoundReports,
  masks?: ReportMasks,
): Promise<Reported> {
  const notes: string[] = [];
  if (!isComplete) notes.push('there are too many folders to look for test reports in all of them');
  const places = new Places(workspace);
  const tests: TestCase[] = [];
  // some runners write a second report that says the same
  const seen = new Set<string>();
  let [reports, bytes] = [0, 0];
  for (const file of files) {
    if (reports >= MAX_FILES || bytes > MAX_ALL_BYTES) {
      notes.push(`there are more test reports than are read: at most ${MAX_FILES}, and ${MAX_ALL_BYTES >> 20} MB`);
      break;
    }
    const read = readOne(workspace, file);
    if ('note' in read) notes.push(read.note);
    if (!('drafts' in read)) continue;
    reports++;
    bytes += file.bytes;
    const cases = read.drafts.map((one) => toCase(one, { places, folder: dirname(file.path), masks }));
    tests.push(...cases.filter((one) => !seen.has(nameOf(one))));
    for (const one of cases) seen.add(nameOf(one));
    await setImmediate(); // heartbeats go on
  }
  if (reports > 0)
    notes.unshift(`${reports === 1 ? 'a test report was' : `${reports} test reports were`} read: ${countWords(tests)}`);
  const told = bounded(tests);
  if (told.length < tests.length) notes.push(keptWords(told));
  return { reports, tests: told, notes };
}

function nameOf({ suite, name, conclusion }: TestCase): string {
  return `${conclusion} ${suite}\n${name}`;
}

type Read = { readonly drafts: readonly TestDraft[] } | { readonly note: string } | Record<never, never>;

/** A file that was not asked for may be anything: it is passed over without a word. */
function readOne(workspace: string, { path, bytes, isNamed }: ReportFile): Read {
  if (bytes > MAX_BYTES) return { note: `the test report ${path} is larger than ${MAX_BYTES >> 20} MB, and not read` };
  try {
    const drafts = parse(textOf(join(workspace, path)));
    if (drafts !== undefined) return { drafts };
    return isNamed ? { note: `${path} is no test report of a kind that is known` } : {};
  } catch (error) {
    return { note: `the test report ${path} cannot be read: ${messageOf(error)}` };
  }
}

function parse(text: string): readonly TestDraft[] | undefined {
  const start = text.slice(0, 1000).trimStart();
  if (start.startsWith('<')) return isJunit(text) ? parseJunit(text) : undefined;
  if (isGoJson(start)) return parseGoJson(text);
  if (/^[{[]/.test(start)) return readJson(JSON.parse(text));
  return isTap(text) ? parseTap(text) : undefined;
}

/** The job may have put a link there, or something that never ends: only a plain file is read. */
function textOf(path: string): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size > MAX_BYTES) throw new Error('it is no plain file, or grew');
    return decode(readFileSync(file));
  } finally {
    closeSync(file);
  }
}

function decode(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  const [, name = 'utf-8'] =
    /^\s*<\?xml[^>]{0,200}encoding=["']([\w-]{1,40})["']/.exec(bytes.toString('latin1', 0, 300)) ?? [];
  return new TextDecoder(/^(?:utf-?8|us-ascii)$/i.test(name) ? 'utf-8' : name).decode(bytes);
}
