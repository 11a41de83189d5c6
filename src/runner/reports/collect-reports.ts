import { messageOf } from '../../support/ci-error.ts';
import { findReports, type ReportSearch } from './find-reports.ts';
import type { Reported } from './read-reports.ts';
import type { ReportMasks } from './test-cases.ts';

const NOTHING: Reported = { reports: 0, tests: [], notes: [] };

/**
 * Finds and reads the reports that a job wrote. Never throws. Costs one walk through the workspace if there are none.
 * `masks`: what must not be told.
 */
export async function collectReports(search: ReportSearch, masks?: ReportMasks): Promise<Reported> {
  try {
    const found = findReports(search);
    if (found.files.length === 0 && found.isComplete) return NOTHING;
    // what reads XML is loaded by the first job that wrote some
    const { readReports } = await import('./read-reports.ts');
    return await readReports(search.workspace, found, masks);
  } catch (error) {
    return { reports: 0, tests: [], notes: [`the test reports could not be read: ${messageOf(error)}`] };
  }
}
