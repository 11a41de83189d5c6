/** A waiting job, as far as its start depends on runners. */
export interface StartingJob {
  readonly job: number;
  readonly labels: readonly string[];
  /** What it usually takes; null: not known. */
  readonly usualMs: number | null;
  /** It waits for a runner and for nothing else. */
  readonly isInLine: boolean;
}

/** A runner, with what it executes. */
export interface StartingRunner {
  readonly name: string;
  readonly labels: readonly string[];
  readonly slots: number;
  /** It is given jobs. */
  readonly isTaking: boolean;
  /** `leftMs`: until it usually ends; null: not known. */
  readonly executions: readonly { readonly job: number; readonly leftMs: number | null }[];
}

/** When a job can be expected to begin. */
export interface ExpectedStart {
  /** From now, in milliseconds. */
  readonly inMs: number;
  readonly runner: string;
  /** The job that has the slot now; null: nobody has. */
  readonly after: number | null;
}

interface Slot {
  readonly runner: StartingRunner;
  /** The job that has it now. */
  readonly job: number | null;
  /** Infinity: not known. */
  freeMs: number;
}

/**
 * When each job begins, if everything takes what it usually takes, and jobs are given out in this order. A slot whose
 * end is not known is counted as taken for ever, so a job may begin earlier than it is told; it has no entry when no
 * slot that it could get is known to become free.
 */
export function expectStarts(
  jobs: readonly StartingJob[],
  runners: readonly StartingRunner[],
): ReadonlyMap<number, ExpectedStart> {
  const slots = runners.filter(({ isTaking }) => isTaking).flatMap(slotsOf);
  const starts = new Map<number, ExpectedStart>();
  for (const { job, labels, usualMs, isInLine } of jobs) {
    if (!isInLine) continue;
    const fitting = slots.filter(({ runner }) => labels.every((label) => runner.labels.includes(label)));
    const first = fitting.reduce<Slot | undefined>(
      (a, b) => (a === undefined || b.freeMs < a.freeMs ? b : a),
      undefined,
    );
    if (first === undefined || !Number.isFinite(first.freeMs)) continue;
    starts.set(job, { inMs: first.freeMs, runner: first.runner.name, after: first.job });
    first.freeMs += usualMs ?? Number.POSITIVE_INFINITY;
  }
  return starts;
}

function slotsOf(runner: StartingRunner): Slot[] {
  const taken = runner.executions.map(({ job, leftMs }) => ({
    ...{ runner, job },
    freeMs: leftMs === null ? Number.POSITIVE_INFINITY : Math.max(0, leftMs),
  }));
  const free = Math.max(0, runner.slots - taken.length);
  return [...taken, ...Array.from({ length: free }, () => ({ runner, job: null, freeMs: 0 }))];
}

/** What is left of a job that has been running for `runsMs`; null where that cannot be said: it is far beyond its usual time. */
export function leftMs(runsMs: number, usualMs: number | undefined): number | null {
  if (usualMs === undefined || runsMs > 2 * usualMs + 60_000) return null;
  return Math.max(0, usualMs - runsMs);
}
