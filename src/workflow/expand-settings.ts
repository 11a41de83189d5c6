import type { ActionSettings } from '../model/workflow.ts';
import type { LabelMap } from './labels.ts';

/** What the server's configuration says about the jobs of workflow files. */
export interface ExpandSettings {
  readonly labels: LabelMap;
  /** Of jobs without `timeout-minutes`. Default 60 minutes; GitHub's is 360. */
  readonly timeoutMs: number;
  readonly logLimitBytes: number;
  readonly envPass: readonly string[];
  /** Paths and patterns of test reports. */
  readonly reports: readonly string[];
  /** How often a job that failed is executed again by itself. */
  readonly retryJobs?: number;
  readonly actions: ActionSettings;
}
