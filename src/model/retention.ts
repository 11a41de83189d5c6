import type { Conclusion } from './conclusion.ts';

/** How long what belongs to runs is kept after their end, in milliseconds; infinite: for ever. */
export interface KeepTimes {
  readonly runsMs: number;
  readonly logsMs: number;
  readonly reportsMs: number;
}

/** A run, as far as it decides what is kept of it. */
export interface StoredRun {
  readonly id: number;
  /** Id of its repository. */
  readonly repository: number;
  readonly number: number;
  readonly ref: string;
  readonly sha: string;
  /** Path of its file, else its name. */
  readonly workflow: string;
  readonly conclusion: Conclusion | null;
  /** Null: it is not over. */
  readonly completedAt: Date | null;
  /** Of its logs that are there, as they were written. */
  readonly logBytes: number;
  readonly hasLogs: boolean;
}

/** What goes of a run. */
export interface ToRemove {
  readonly run: boolean;
  readonly logs: boolean;
  readonly reports: boolean;
}

/** What {@link RetentionWalk} goes by. */
export interface RetentionRules {
  readonly now: Date;
  /** Most bytes of all logs; those of the oldest runs go. */
  readonly logsBytes: number;
  /** Runs of a repository that a search for a culprit looks at; what is needed for one is kept among these. */
  readonly searched: number;
  readonly timesOf: (repository: number) => KeepTimes;
  /** Is this where a branch of the repository is? It may have been tested under the name of another one. */
  readonly isTip: (repository: number, sha: string) => boolean;
}

const NOTHING: ToRemove = { run: false, logs: false, reports: false };

/**
 * Decides of one run after the other, the newest first, what is kept of it. Always kept, however old: what is not over; runs of
 * commits where a branch is; the newest run of each workflow on each ref; and the last one there that passed with all after it, since they tell
 * since when it is broken.
 */
export class RetentionWalk {
  readonly #rules: RetentionRules;
  /** By repository, ref and workflow: did one of the newer ones pass? */
  readonly #seen = new Map<string, boolean>();
  readonly #newest = new Map<number, number>();
  #logBytes = 0;

  constructor(rules: RetentionRules) {
    this.#rules = rules;
  }

  /** To be called with each run once, by falling id. */
  decide(run: StoredRun): ToRemove {
    const isNeeded = this.#isNeeded(run);
    this.#logBytes += run.logBytes;
    if (run.completedAt === null) return NOTHING;
    const times = this.#rules.timesOf(run.repository);
    const ageMs = +this.#rules.now - +run.completedAt;
    if (!isNeeded && ageMs > times.runsMs) {
      this.#logBytes -= run.logBytes;
      return { run: true, logs: true, reports: true };
    }
    const logs = run.hasLogs && (ageMs > times.logsMs || this.#logBytes > this.#rules.logsBytes);
    if (logs) this.#logBytes -= run.logBytes;
    return { run: false, logs, reports: ageMs > times.reportsMs };
  }

  #isNeeded({ repository, number, ref, sha, workflow, conclusion, completedAt }: StoredRun): boolean {
    const key = `${repository} ${ref} ${workflow}`;
    const hasNewerPassed = this.#seen.get(key);
    const newest = Math.max(this.#newest.get(repository) ?? 0, number);
    this.#newest.set(repository, newest);
    this.#seen.set(key, hasNewerPassed === true || conclusion === 'success');
    if (hasNewerPassed === undefined || completedAt === null || this.#rules.isTip(repository, sha)) return true;
    return !hasNewerPassed && number > newest - this.#rules.searched;
  }
}
