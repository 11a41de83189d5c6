import type { InstallPlan } from '../model/plan.ts';
import type { FollowedEntry } from './follow-links.ts';

/** The folder in which tests are looked for, read once. */
export interface Folder {
  /** Relative to the root of the repository; '' is the root. */
  readonly dir: string;
  readonly entries: ReadonlyMap<string, FollowedEntry>;
  /** Contents of a file of the folder (paths below it too); undefined if it is not there, or larger than 1 MiB. */
  read(path: string): Promise<string | undefined>;
  /** Entries of a folder below it. */
  list(path: string): Promise<readonly FollowedEntry[]>;
}

/** A file that says what the tests are cannot be read, e.g. after a merge that was not finished. */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError';
}

/** One kind of tests that was found. */
export interface Finding {
  /** Key and name of the job. */
  readonly key: string;
  /** What was found and why it means tests: "package.json has a test script". */
  readonly why: string;
  readonly command: readonly [string, ...string[]];
  /** Added to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** Paths are relative to the folder. */
  readonly install?: InstallPlan;
  /** Commands before the tests that leave no snapshot. */
  readonly before?: readonly (readonly [string, ...string[]])[];
}

/** Looks for one kind of tests in a folder. */
export type Detector = (folder: Folder) => Promise<Finding | undefined>;

/** Is there a file (not a folder) of this name? */
export function hasFile(folder: Folder, name: string): boolean {
  const kind = folder.entries.get(name)?.kind;
  return kind === 'file' || kind === 'executable' || kind === 'symlink';
}

/** The first of these names that is a file of the folder. */
export function firstFile(folder: Folder, ...names: readonly string[]): string | undefined {
  return names.find((name) => hasFile(folder, name));
}

/** Can the file be executed as it was committed? */
export function isExecutable(folder: Folder, name: string): boolean {
  return folder.entries.get(name)?.kind === 'executable';
}

/** Is there a folder of this name? */
export function hasFolder(folder: Folder, name: string): boolean {
  return folder.entries.get(name)?.kind === 'directory';
}
