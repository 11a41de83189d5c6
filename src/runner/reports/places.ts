import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path/posix';
import { namesOf, withoutFolder } from '../workspace-names.ts';
import type { TestDraft } from './test-draft.ts';
import { TrackedFiles } from './tracked-files.ts';

/** Lines of a message that are looked at, and the longest one. */
const MAX_LINES = 200;
const MAX_LINE = 500;
/** Files whose existence is asked for, over all reports of a job; then places stay as reports say them. */
const MAX_LOOKS = 20_000;
/** Frames with a file but no folder stand below one of these. */
const SOURCE_ROOTS = ['src/test/java', 'src/test/kotlin', 'src/test/scala', 'src/test/groovy', 'src/main/java', ''];

/** Where a test is, relative to the root of the repository. */
export interface TestPlace {
  readonly file?: string;
  readonly line?: number;
}

interface Frame {
  /** As it stands in the message. */
  readonly path: string;
  readonly line: number;
  /** Folder that its package stands for; of Java and its kin. */
  readonly folder?: string;
}

/** Finds the file and the line that a test, or the stack in its message, names. Files must be in the workspace. */
export class Places {
  readonly #roots: readonly string[];
  readonly #known = new Map<string, boolean>();
  readonly #workspace: string;
  readonly #tracked: TrackedFiles;

  constructor(workspace: string) {
    this.#workspace = workspace;
    this.#tracked = new TrackedFiles(workspace);
    this.#roots = namesOf(workspace);
  }

  /**
   * `reportFolder`: where the report is, relative to the workspace: what it names may be relative to a folder above it. Where
   * the draft says in which folder its tool was started, that one counts.
   */
  of(test: TestDraft, reportFolder: string): TestPlace {
    const bases = test.cwd === undefined ? basesOf(reportFolder) : this.#foldersFrom(test.cwd);
    const own = test.file === undefined ? undefined : (this.#find(test.file, bases) ?? this.#findByEnd(test.file));
    const frames = test.message === undefined ? [] : this.#frames(test, bases, own);
    // the line in the test itself says more than the one in what it tests
    const frame =
      frames.find(({ file }) => own !== undefined && file === own) ?? (own === undefined ? frames[0] : undefined);
    if (frame !== undefined) return frame;
    if (own === undefined) return {};
    return test.line === undefined ? { file: own } : { file: own, line: test.line };
  }

  /** A text without the folder of the workspace. */
  within(text: string): string {
    return withoutFolder(text, this.#roots);
  }

  /** This folder and those above it, the nearest first. */
  #foldersFrom(cwd: string): readonly string[] {
    const root = this.#roots.find((one) => cwd.startsWith(`${one}/`));
    const [first = '', ...above] = root === undefined ? [''] : basesOf(relative(root, cwd));
    return [...above.reverse(), first];
  }

  #frames(
    { message = '', suite, file: named }: TestDraft,
    bases: readonly string[],
    own: string | undefined,
  ): { file: string; line: number }[] {
    const lines = message.split('\n', MAX_LINES);
    const found = lines
      .flatMap((text) => framesIn(text.slice(0, MAX_LINE)))
      .map((frame) => {
        const more = frame.folder === undefined ? goFolders(frame.path, suite) : javaFolders(frame.folder);
        const folders = more.length === 0 ? bases : bases.flatMap((base) => more.map((folder) => join(base, folder)));
        const file = frame.path === named ? own : this.#find(frame.path, folders);
        return file === undefined ? [] : [{ file, line: frame.line }];
      });
    const frames = found.flat();
    // Python tells the innermost call last
    return /^(?:Traceback \(most recent|.*\.py:\d+)/m.test(message) ? frames.reverse() : frames;
  }

  /** The path in the workspace of what was named; undefined if there is no such file in it, or it is not the repository's. */
  #find(named: string, bases: readonly string[]): string | undefined {
    const path = named.replace(/^file:\/\//, '');
    if (path.length > 1000) return undefined;
    if (path.startsWith('/')) {
      const root = this.#roots.find((one) => path.startsWith(`${one}/`));
      return root === undefined ? undefined : this.#there(relative(root, path));
    }
    for (const base of bases) {
      const found = this.#there(join(base, path));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A tool that was started in a folder of its own, as by `cd`, names files as they are there. */
  #findByEnd(named: string): string | undefined {
    const path = named.replace(/^\.\//, '');
    if (path.length > 1000 || path.startsWith('/') || path.startsWith('../')) return undefined;
    const found = this.#tracked.endingWith(path);
    return found === undefined ? undefined : this.#there(found);
  }

  #there(path: string): string | undefined {
    if (path.startsWith('../') || /(?:^|\/)(?:node_modules|site-packages|\.git|vendor\/bundle)\//.test(path))
      return undefined;
    const known = this.#known.get(path);
    if (known !== undefined) return known ? path : undefined;
    if (this.#known.size >= MAX_LOOKS) return undefined;
    const isThere = existsSync(join(this.#workspace, path));
    this.#known.set(path, isThere);
    return isThere ? path : undefined;
  }
}

/** The folder of the report and those above it, the nearest first: a report of one part of a repository names its files. */
function basesOf(folder: string): readonly string[] {
  const bases: string[] = [];
  for (let at = folder; at !== '.' && at !== '' && at !== '/'; at = dirname(at)) bases.push(at);
  // the root comes before folders made for reports: what is named twice is meant there
  return ['', ...bases.reverse()];
}

/** What looks like a place in one line. */
function framesIn(text: string): readonly Frame[] {
  const java = /^\s*at (?:[\w.@/$-]+\/)?([\w$.]+)\.[\w$<>]+\(([\w$-]+\.(?:java|kt|scala|groovy)):(\d+)\)/.exec(text);
  if (java?.[1] !== undefined && java[2] !== undefined) {
    const folder = java[1].split('.').slice(0, -1).join('/');
    return [{ path: java[2], line: Number(java[3]), folder }];
  }
  const python = /^\s*File "([^"]+)", line (\d+)/.exec(text);
  if (python?.[1] !== undefined) return [{ path: python[1], line: Number(python[2]) }];
  if (!text.includes(':')) return [];
  return text.split(/[\s()'"`[\]<>,]+/).flatMap((word) => {
    const [, path, line] = /^((?:file:\/\/)?[^:]+\.[A-Za-z]\w{0,9}):(\d{1,7})(?::\d+|:in)?:?$/.exec(word) ?? [];
    return path === undefined ? [] : [{ path, line: Number(line) }];
  });
}

function javaFolders(folder: string): readonly string[] {
  return SOURCE_ROOTS.map((root) => join(root, folder));
}

/** Go names the file alone; its folder is the end of the package's path, and the beginning is the module's. */
function goFolders(path: string, suite: string): readonly string[] {
  if (!path.endsWith('.go') || path.includes('/')) return [];
  const parts = suite.split('/');
  return parts.map((_, at) => parts.slice(at + 1).join('/'));
}
