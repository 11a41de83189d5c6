import { type LowDisk, lowDiskWords } from './disk-floor.ts';
import type { Trigger } from './push.ts';

/** A runner as people see it. */
export interface RunnerStatus {
  readonly name: string;
  readonly labels: readonly string[];
  readonly slots: number;
  /**
   * `draining`: it takes no more jobs; `drained`: and has none. `lost`: its connection is gone, and the time it has to come back
   * is not over.
   */
  readonly state: 'idle' | 'busy' | 'draining' | 'drained' | 'lost';
  /** It drains, and can be taken back. */
  readonly canResume?: boolean;
  /** Its disk has too little room: it is given nothing until there is more. */
  readonly lowDisk?: LowDisk;
  readonly protocol: 'native' | 'classic';
  readonly host: string;
  readonly version: string;
  /** Null: it is drained and not connected. */
  readonly connectedAt: Date | null;
  readonly lastHeardAt: Date | null;
  /** What it executes now. */
  readonly executions: readonly { readonly job: number; readonly execution: number; readonly since: Date }[];
}

/** Can it be given jobs, once it has a free slot? */
export function takesJobs({ state, lowDisk }: { readonly state: string; readonly lowDisk?: unknown }): boolean {
  return (state === 'idle' || state === 'busy') && lowDisk === undefined;
}

/** A runner, as far as its slots are counted. */
interface Slots {
  readonly state: string;
  readonly lowDisk?: unknown;
  readonly slots: number;
  readonly executions: readonly unknown[];
}

/** How many slots jobs are in, of how many that there are for jobs: of a runner that takes no more, those that are still busy. */
export function slotsInUse(runners: readonly Slots[]): { readonly busy: number; readonly slots: number } {
  const sum = (of: (runner: Slots) => number) => runners.reduce((all, runner) => all + of(runner), 0);
  const busy = ({ executions }: Slots) => executions.length;
  return { busy: sum(busy), slots: sum((one) => (takesJobs(one) ? one.slots : busy(one))) };
}

/** What a waiting job asks for. */
export interface WaitingJob {
  readonly labels: readonly string[];
  readonly waitsFor: readonly string[];
  /** What else it waits for, in words. */
  readonly why?: string;
  /** How many jobs stand before it in the queue, of those that the same runners could take. */
  readonly ahead: number;
}

/** Why a job waits, in words, from the runners that are there; the most important reason first. */
export function whyWaiting(job: WaitingJob, all: readonly RunnerStatus[], hasServer = true): string {
  if (job.waitsFor.length > 0) return `for ${job.waitsFor.join(', ')} of the same run`;
  if (job.why !== undefined) return job.why;
  if (!hasServer) return 'no server runs; start one with `signalbox up` (in a clone: `npm start`)';
  const runners = all.filter(({ connectedAt }) => connectedAt !== null);
  if (runners.length === 0) return 'no runner is connected; start one with `signalbox runner`, or look at its log';
  const fitting = runners.filter((runner) => job.labels.every((label) => runner.labels.includes(label)));
  if (fitting.length === 0) {
    const missing = job.labels.filter((label) => !runners.some((runner) => runner.labels.includes(label)));
    const what = missing.length > 0 ? missing : job.labels;
    return `no runner has the label${what.length > 1 ? 's' : ''} ${what.join(', ')}; start one with \`signalbox runner --labels ${job.labels.join(',')}\``;
  }
  const taking = fitting.filter(takesJobs);
  if (taking.length === 0) return whyNoneTakes(fitting);
  const busy = taking.reduce((sum, runner) => sum + runner.executions.length, 0);
  const slots = taking.reduce((sum, runner) => sum + runner.slots, 0);
  if (busy < slots && job.ahead === 0) return 'it is being given to a runner';
  const ahead = job.ahead === 0 ? 'it is next' : `${job.ahead} job${job.ahead > 1 ? 's' : ''} ahead of it`;
  return `${busy} of ${slots} slots are busy; ${ahead}`;
}

/** Of runners that could take a job, and of which none does. What is before the first `;` is all that home has room for. */
function whyNoneTakes(fitting: readonly RunnerStatus[]): string {
  const low = fitting.filter(({ state, lowDisk }) => lowDisk !== undefined && takesJobs({ state }));
  const [first] = low;
  const drained = fitting.find(({ state }) => state === 'drained');
  if (first?.lowDisk === undefined && drained !== undefined)
    return `its runners are drained or lost; \`signalbox runners resume ${drained.name}\` has ${drained.name} take jobs again`;
  if (first?.lowDisk === undefined) return 'its runners are draining or lost';
  const more = low.length > 1 ? ` (and ${low.length - 1} more likewise)` : '';
  return (
    `the disk of ${first.name} is nearly full; it has ${lowDiskWords(first.lowDisk)}${more}: make room on the disk of ` +
    `${first.lowDisk.folder}${first.host === '' ? '' : ` on ${first.host}`}, and the job starts by itself`
  );
}

/** How a source is called in a sentence: "the commit hook told". */
export const TRIGGER_WORDS: Readonly<Record<Trigger, string>> = {
  webhook: 'a webhook',
  hook: 'the commit hook',
  watch: 'the watcher',
  poll: 'the poller',
  schedule: 'a schedule',
  workflow_run: 'another workflow',
  manual: 'a person',
  api: 'the API',
  classic: 'a classic observer',
};
