import { basename, dirname } from 'node:path';

/** What was done about one file or folder, or some files of one folder. */
export interface InstallStep {
  /** Absolute. */
  readonly path: string;
  /** In words, to follow the path: `installed`, `unchanged`; of a folder also `post-merge, post-rewrite installed`. */
  readonly what: string;
  readonly isChange: boolean;
}

/** What was done, in words, in the order in which it was done. */
export interface InstallReport {
  /** The git folder that all work trees of the repository share. */
  readonly commonDir: string;
  readonly steps: readonly InstallStep[];
  /** False if all was as it should be already. */
  readonly isChanged: boolean;
}

/** Puts the steps of one command together; what was done to several files of one folder in a row becomes one. */
export function reportOf(commonDir: string, steps: readonly InstallStep[]): InstallReport {
  const rows: [InstallStep, ...InstallStep[]][] = [];
  for (const step of steps) {
    const row = rows.at(-1);
    if (row && row[0].what === step.what && dirname(row[0].path) === dirname(step.path)) row.push(step);
    else rows.push([step]);
  }
  return { commonDir, steps: rows.map(summaryOf), isChanged: steps.some((step) => step.isChange) };
}

/** More files than these in a row are counted: they are a hook of each name that git knows. */
const MOST_NAMED = 8;

function summaryOf(row: readonly [InstallStep, ...InstallStep[]]): InstallStep {
  const [first] = row;
  if (row.length === 1) return first;
  const all = row.map((step) => basename(step.path));
  const names = all.length > MOST_NAMED ? `${all.length} hooks` : all.join(', ');
  return { ...first, path: dirname(first.path), what: `${names} ${first.what}` };
}
