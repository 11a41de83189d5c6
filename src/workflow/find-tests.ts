import type { InstallPlan, Plan, PlannedJob, PlannedStep, TreeReader } from '../model/plan.ts';
import { findNodeTests } from './find-node-tests.ts';
import { OTHER_DETECTORS } from './find-other-tests.ts';
import { findPythonTests } from './find-python-tests.ts';
import { type Detector, type Finding, type Folder, isExecutable, UnreadableFileError } from './finding.ts';
import { type FollowedTree, followLinks } from './follow-links.ts';
import { whyNothing } from './why-nothing.ts';

/** What a repository's settings say about its tests. */
export interface FindSettings {
  /** Folder, relative to the root of the repository, where tests are looked for; '' is the root. */
  readonly dir: string;
  readonly envPass: readonly string[];
  readonly logLimitBytes: number;
  readonly timeoutMs: number;
  /** Paths and patterns of test reports, relative to `dir` or to the root of the repository. */
  readonly reports?: readonly string[];
  /** How often a job that failed is executed again by itself. Default 0. */
  readonly retryJobs?: number;
}

/** Name of the workflow of tests that were found without a workflow file. */
export const FOUND_WORKFLOW = 'tests';

/** Said in the log: what the tests miss then looks like a fault of the commit. */
const NO_SUBMODULES =
  '; submodules are not checked out: a workflow file can ask for them (actions/checkout with `submodules: true`)';

const DETECTORS: readonly Detector[] = [findNodeTests, findPythonTests, ...OTHER_DETECTORS];

/**
 * Finds the tests of a commit that has no workflow file: an executable `ci.sh` wins over all; otherwise each kind that
 * is there becomes a job. Found tests give one verdict per commit, whatever the ref; a file that says what they are and
 * cannot be read is an error.
 */
export async function findTests(tree: TreeReader, settings: FindSettings): Promise<Plan> {
  const folder = await openFolder(followLinks(tree), settings.dir);
  const findings = await findAll(folder).catch((error: unknown) => {
    if (error instanceof UnreadableFileError) return error;
    throw error;
  });
  if (findings instanceof UnreadableFileError) {
    const where = settings.dir === '' ? '' : ` in ${settings.dir}`;
    const words = `${findings.message}${where}; what the tests are is not known until it is mended`;
    return { workflow: FOUND_WORKFLOW, keyRef: '', jobs: [], error: words };
  }
  const root = settings.dir === '' ? [...folder.entries.values()] : await tree.list('');
  const note = root.some(({ name }) => name === '.gitmodules') ? NO_SUBMODULES : '';
  const jobs = findings.map((finding) => toJob(finding, settings, note));
  const plan = { workflow: FOUND_WORKFLOW, keyRef: '', jobs };
  return jobs.length > 0 ? plan : { ...plan, skipped: await whyNothing(folder) };
}

async function openFolder(tree: FollowedTree, dir: string): Promise<Folder> {
  const at = (path: string) => [dir, path].filter((part) => part !== '').join('/');
  const entries = await tree.list(dir);
  return {
    dir,
    entries: new Map(entries.map((entry) => [entry.name, entry])),
    read: (path) => tree.read(at(path)),
    list: (path) => tree.list(at(path)),
  };
}

async function findAll(folder: Folder): Promise<readonly Finding[]> {
  if (isExecutable(folder, 'ci.sh')) return [{ key: 'ci', why: 'ci.sh is there and executable', command: ['./ci.sh'] }];
  const findings: Finding[] = [];
  for (const detect of DETECTORS) {
    const finding = await detect(folder);
    if (finding !== undefined) findings.push(finding);
  }
  return findings;
}

function toJob(finding: Finding, settings: FindSettings, note: string): PlannedJob {
  const { dir } = settings;
  const step = (command: readonly [string, ...string[]]) => inDir({ name: command.join(' '), command }, dir);
  const test = step(finding.command);
  const install = finding.install === undefined ? {} : { install: installIn(finding.install, dir) };
  const where = dir === '' ? '' : ` in ${dir}`;
  return {
    key: finding.key,
    name: finding.key,
    needs: [],
    labels: [],
    spec: {
      found: `${finding.why}${where}: ${finding.command.join(' ')}${note}`,
      checkout: true,
      steps: [...(finding.before ?? []).map(step), test],
      env: finding.env ?? {},
      envPass: settings.envPass,
      timeoutMs: settings.timeoutMs,
      logLimitBytes: settings.logLimitBytes,
      exclusive: false,
      ...install,
      ...reportsIn(settings),
      ...(settings.retryJobs ? { retries: settings.retryJobs } : {}),
    },
  };
}

function reportsIn({ dir, reports = [] }: FindSettings): { readonly reports?: readonly string[] } {
  if (reports.length === 0) return {};
  return { reports: dir === '' ? reports : reports.flatMap((pattern) => [`${dir}/${pattern}`, pattern]) };
}

function inDir(step: PlannedStep, dir: string): PlannedStep {
  return dir === '' ? step : { ...step, dir };
}

function installIn(install: InstallPlan, dir: string): InstallPlan {
  if (dir === '') return install;
  const at = (path: string) => `${dir}/${path}`;
  return {
    ...install,
    step: inDir(install.step, dir),
    keyFiles: install.keyFiles.map(at),
    directories: install.directories.map(at),
    ...(install.afterRestore === undefined ? {} : { afterRestore: install.afterRestore.map((one) => inDir(one, dir)) }),
  };
}
