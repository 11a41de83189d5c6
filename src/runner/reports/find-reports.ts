import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import picomatch from 'picomatch';
import { TrackedFiles } from './tracked-files.ts';

/** Bounds of the walk: depth, folders, and entries of folders. */
const MAX_DEPTH = 10;
const MAX_FOLDERS = 3_000;
const MAX_ENTRIES = 60_000;

/** Folders that hold other people's files, or no reports: not looked into. Hidden ones are not either. */
const PASSED_OVER = new Set([
  ...['node_modules', 'bower_components', 'vendor', 'venv', '__pycache__', 'site-packages', 'jspm_packages', 'Pods'],
  ...['classes', 'generated', 'intermediates', 'deps', 'incremental'],
]);

/** Names that test runners, and those who configure them, give to their reports, wherever they are. */
const KNOWN_NAME =
  /^(?:.*junit.*\.xml|TEST-.*\.xml|(?:rspec|pytest|xunit|nosetests|unittest)[\w.-]*\.xml|(?:jest|vitest|mocha|playwright|pytest|rspec|go-?test)[-_.](?:report|results?)\.json|\.report\.json|go-?test(?:s|-output)?\.json|.*\.tap)$/i;
/** Names that say so only in the root, or in a folder for reports. */
const KNOWN_NAME_THERE = /^(?:(?:tests?|test[-_]?(?:report|results?|output)|report|results?)\.(?:xml|json|tap))$/i;
const REPORT_FOLDER =
  /(?:^|\/)(?:test[-_]?(?:results?|reports?|output)|reports?|surefire-reports|failsafe-reports|playwright-report)(?:\/|$)/i;

/** What to look for. */
export interface ReportSearch {
  readonly workspace: string;
  /** Of the settings; empty: only the well-known places. */
  readonly patterns: readonly string[];
  /** When the first process of the job was there, in milliseconds since 1970; what is older is not its report. */
  readonly sinceMs: number;
}

/** A report, or what may be one. */
export interface ReportFile {
  /** Relative to the workspace. */
  readonly path: string;
  readonly bytes: number;
  /** Was it asked for in the settings? Then it must be readable. */
  readonly isNamed: boolean;
}

/** What {@link findReports} found. */
export interface FoundReports {
  /** In the order of their paths. */
  readonly files: readonly ReportFile[];
  /** False: there were more folders than are looked into, and the settings ask for reports. */
  readonly isComplete: boolean;
}

/** File systems keep the time of a change in steps of up to 10 ms, and round it down. */
const CLOCK_STEP_MS = 10;

/** Files that the job wrote and that are named as reports are. */
export function findReports(search: ReportSearch): FoundReports {
  const patterns = search.patterns.map((pattern) => pattern.replace(/^\.\//, ''));
  const isNamed = patterns.length === 0 ? () => false : picomatch([...patterns], { dot: true });
  const found = new Map<string, ReportFile>();
  const tracked = new TrackedFiles(search.workspace);
  const take = (path: string, named: boolean) => {
    const stats = statSync(join(search.workspace, path), { throwIfNoEntry: false });
    if (stats === undefined || !stats.isFile() || stats.mtimeMs < search.sinceMs - CLOCK_STEP_MS) return;
    // a file of the commit (a fixture, say) is no report of this job, though it was written a moment ago
    if ((!named || stats.mtimeMs < search.sinceMs) && tracked.has(path)) return;
    found.set(path, { path, bytes: stats.size, isNamed: named });
  };
  const isComplete = walk(search.workspace, (path, name) => {
    if (isNamed(path)) take(path, true);
    else if (isKnown(path, name)) take(path, false);
  });
  const files = [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, isComplete: isComplete || patterns.length === 0 };
}

function isKnown(path: string, name: string): boolean {
  if (!/\.(?:xml|json|tap)$/i.test(name)) return false;
  if (KNOWN_NAME.test(name)) return true;
  const folder = path.slice(0, -name.length);
  return REPORT_FOLDER.test(folder) || (folder === '' && KNOWN_NAME_THERE.test(name));
}

/** Calls `visit` for each plain file, those nearest to the root first. False: there was more than is looked at. */
function walk(root: string, visit: (path: string, name: string) => void): boolean {
  let level = [''];
  let [folders, entries] = [0, 0];
  for (let depth = 0; level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      if (++folders > MAX_FOLDERS || entries > MAX_ENTRIES) return false;
      for (const entry of list(join(root, folder))) {
        entries++;
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.isFile()) visit(path, entry.name);
        else if (entry.isDirectory() && !entry.name.startsWith('.') && !PASSED_OVER.has(entry.name)) next.push(path);
      }
    }
    if (depth === MAX_DEPTH) return next.length === 0;
    level = next;
  }
  return true;
}

/** A job may take away the right to read its folders, or the folders themselves. */
function list(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}
