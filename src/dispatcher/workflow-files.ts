import type { TreeEntry, TreeReader } from '../model/plan.ts';
import { loadWorkflow, type WorkflowLoader } from '../workflow/load-workflow.ts';
import { type ParsedWorkflow, parseWorkflow } from '../workflow/parse-workflow.ts';
import { Bounded } from './bounded.ts';

/** Where workflow files are. */
export const WORKFLOWS_FOLDER = '.github/workflows';

/** A workflow file of a commit: what it says, or what is wrong with it. */
export interface WorkflowFile {
  /** `.github/workflows/ci.yml`. */
  readonly path: string;
  readonly parsed: ParsedWorkflow;
}

/** Folders that are kept: most commits of a repository have the one of the commit before. */
const MAX_FOLDERS = 200;
/** Files that are kept, for folders of which some files changed. */
const MAX_FILES = 2_000;

/** Loads a workflow of another repository: `owner/repo/.github/workflows/x.yml@ref`. */
export type RemoteLoader = (uses: string) => ReturnType<WorkflowLoader>;

/**
 * Reads the workflow files of commits. A file is parsed once, whatever commits and branches it is in, and a folder whose
 * files call nothing outside of it is read once.
 */
export class WorkflowFiles {
  readonly #remote: RemoteLoader;
  readonly #folders = new Bounded<string, Promise<readonly WorkflowFile[]>>(MAX_FOLDERS);
  readonly #files = new Bounded<string, ParsedWorkflow>(MAX_FILES);

  constructor(remote: RemoteLoader) {
    this.#remote = remote;
  }

  /** Makes the parser ready: the first file would take some ten milliseconds longer than all others. */
  warmUp(): void {
    parseWorkflow('', 'on: push\njobs: { a: { runs-on: a, steps: [{ run: a }] } }');
  }

  /** The files of a commit's tree, by path; none if it has no such folder. */
  async of(tree: TreeReader): Promise<readonly WorkflowFile[]> {
    const folder = (await tree.list('.github')).find((entry) => entry.name === 'workflows');
    if (folder?.kind !== 'directory') return [];
    const known = folder.id === undefined ? undefined : this.#folders.get(folder.id);
    return known ?? this.#read(tree, folder.id);
  }

  #read(tree: TreeReader, folder: string | undefined): Promise<readonly WorkflowFile[]> {
    const outside = { isAsked: false };
    const reading = this.#readAll(tree, outside);
    if (folder === undefined) return reading;
    this.#folders.set(folder, reading);
    // what is outside may be another thing tomorrow; what could not be read may be there
    const forget = () => this.#folders.delete(folder);
    reading.then(() => outside.isAsked && forget(), forget);
    return reading;
  }

  async #readAll(tree: TreeReader, outside: Outside): Promise<readonly WorkflowFile[]> {
    const entries = await tree.list(WORKFLOWS_FOLDER);
    const files = entries.filter(({ name, kind }) => /\.ya?ml$/.test(name) && /^(?:file|executable)$/.test(kind));
    const sorted = files.sort((a, b) => (a.name < b.name ? -1 : 1));
    return Promise.all(sorted.map((entry) => this.#file(tree, entry, outside)));
  }

  async #file(tree: TreeReader, { name, id }: TreeEntry, outside: Outside): Promise<WorkflowFile> {
    const path = `${WORKFLOWS_FOLDER}/${name}`;
    const key = `${id} ${path}`;
    const known = id === undefined ? undefined : this.#files.get(key);
    const text = known === undefined || hasCalls(known) ? await tree.read(path) : undefined;
    const parsed = known ?? parseText(path, text);
    if (id !== undefined) this.#files.set(key, parsed);
    if (text === undefined || !hasCalls(parsed)) return { path, parsed };
    return { path, parsed: await loadWorkflow(path, text, (uses, from) => this.#load(tree, outside, uses, from)) };
  }

  async #load(tree: TreeReader, outside: Outside, uses: string, from: string): ReturnType<WorkflowLoader> {
    const local = localPath(uses, from);
    if (local === undefined) {
      outside.isAsked = true;
      return this.#remote(remoteUses(uses, from));
    }
    const text = await tree.read(local);
    return text === undefined ? { error: `there is no file ${local} in this commit` } : { path: local, text };
  }
}

/** Was something asked for that is in no tree of this repository? */
interface Outside {
  isAsked: boolean;
}

/** Path in the same commit; undefined for one of another repository, or called from there. */
function localPath(uses: string, from: string): string | undefined {
  return uses.startsWith('./') && from.startsWith(`${WORKFLOWS_FOLDER}/`) ? uses.slice(2) : undefined;
}

/** `./…` in a workflow of another repository means the same commit of that one. */
function remoteUses(uses: string, from: string): string {
  if (!uses.startsWith('./')) return uses;
  const [, repository = '', ref = ''] = /^([^/]+\/[^/]+)\/.*@(.*)$/.exec(from) ?? [];
  return `${repository}/${uses.slice(2)}@${ref}`;
}

function parseText(path: string, text: string | undefined): ParsedWorkflow {
  if (text !== undefined) return parseWorkflow(path, text);
  return { problems: [{ path, at: null, message: 'the file is larger than 1 MiB' }] };
}

function hasCalls(parsed: ParsedWorkflow): boolean {
  return 'definition' in parsed && parsed.definition.jobs.some((job) => job.uses !== undefined);
}
