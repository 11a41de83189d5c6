import type { BranchTrack } from '../../../src/web/branch-tracks.ts';

/** Pixels between two commits and between two branches; where the first of each is. */
export const STEP = 15;
export const ROW = 26;
const LEFT = 10;
const TOP = 13;

/** Branches as lines: `rails` are the lines, `bad` their part since which the branch is broken. */
export interface BranchMap {
  readonly width: number;
  readonly height: number;
  readonly rails: readonly string[];
  readonly bad: readonly string[];
  readonly stations: readonly {
    readonly run: number;
    readonly x: number;
    readonly y: number;
    readonly state: BranchTrack['state'];
    readonly isPast: boolean;
  }[];
}

const BAD = new Set(['failure', 'timed_out', 'error']);

/** Lays branches out below each other, each leaving the first one at 45 degrees where it forked, and coming back where it was merged, as far as that is known. */
export function mapBranches(tracks: readonly BranchTrack[]): BranchMap {
  const last = Math.max(0, ...tracks.flatMap(({ commits }) => commits.map(({ at }) => at)));
  const xOf = (at: number) => LEFT + at * STEP;
  const rails: string[] = [];
  const bad: string[] = [];
  const stations = tracks.flatMap(({ commits, fork, merges }, row) => {
    const y = TOP + row * ROW;
    const [first] = commits;
    const newest = commits.at(-1);
    if (first === undefined || newest === undefined) return [];
    const drop = y - TOP;
    if (row === 0) rails.push(`M0 ${y}H${xOf(last) + LEFT}`);
    else if (fork === null) rails.push(`M${xOf(first.at)} ${y}H${xOf(newest.at)}`);
    // a slope needs as much room to the right as it goes down; where there is none, it begins farther left
    else {
      const from = Math.max(0, Math.min(xOf(fork), xOf(first.at) - drop));
      rails.push(`M${from} ${TOP}L${from + drop} ${y}H${xOf(newest.at)}`);
    }
    // the same on the way back; where there is no room, it is steeper
    for (const { from, to } of merges) {
      const leave = Math.max(xOf(from), xOf(to) - drop);
      rails.push(`M${xOf(from)} ${y}H${leave}L${xOf(to)} ${TOP}`);
    }
    const tested = commits.filter(({ state }) => BAD.has(state) || state === 'success' || state === 'retried');
    const good = tested.findLastIndex(({ state }) => !BAD.has(state));
    const since = tested[good + 1];
    if (since !== undefined) bad.push(`M${xOf(since.at)} ${y}H${xOf(newest.at)}`);
    return commits.map(({ run, at, state }) => {
      const isPast = since === undefined || at < since.at;
      return { run, x: xOf(at), y, state, isPast };
    });
  });
  return { width: xOf(last) + LEFT, height: TOP * 2 + ROW * Math.max(0, tracks.length - 1), rails, bad, stations };
}
