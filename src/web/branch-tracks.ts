import type { Lamp } from '../../web/src/words.ts';
import type { RecentRun } from '../store/read-recent.ts';
import { branchLights, commitsOf } from './home-parts.ts';
import type { Operations } from './operations.ts';

/** Branches that have a line, and commits that are drawn of the first one and of each other. */
const MAX_BRANCHES = 6;
const MAX_COMMITS = 40;
const MAX_OF_OTHER = 3;

/** A branch as a line. `at`: the place of a commit among those of all branches, from 0. */
export interface BranchTrack {
  readonly ref: string;
  readonly name: string;
  readonly state: Lamp;
  /** When its newest commit was over, else made; ISO 8601. */
  readonly last_at: string;
  readonly commits: readonly {
    readonly sha: string;
    readonly run: number;
    readonly state: Lamp;
    readonly at: number;
  }[];
  /** Where it left the first branch: the place of the last commit that both have. Null: before all of these, or not known. */
  readonly fork: number | null;
  /** Where it came back: the places of a commit of its own and of the one of the first branch that merged it. */
  readonly merges: readonly { readonly from: number; readonly to: number }[];
}

/** The newest commits of up to six branches (`isGreen`: the default one is), the default one first, where the others left it and where they came back, by what git says of parents. */
export async function branchTracks(
  { operations }: { readonly operations: Pick<Operations, 'lineOf' | 'mergesOf'> },
  repository: number,
  runs: readonly RecentRun[],
  defaultRef: string | null,
  isGreen: boolean,
): Promise<readonly BranchTrack[]> {
  const lights = branchLights(runs, defaultRef, isGreen).slice(0, MAX_BRANCHES);
  const ofBranches = lights.map((light) => {
    const own = runs.filter((run) => run.event === 'push' && run.ref === light.ref);
    return { light, commits: commitsOf(own, runs) };
  });
  const drawn = ofBranches
    .flatMap(({ commits }, row) => commits.slice(row === 0 ? -MAX_COMMITS : -MAX_OF_OTHER))
    .sort((a, b) => a.run - b.run); // as they were received: a quick one may be over before an older one
  const places = new Map(drawn.map(({ run }, at) => [run, at]));
  const [main] = ofBranches;
  const placeInMain = new Map((main?.commits ?? []).flatMap(({ sha, run }) => pair(sha, places.get(run))));
  const tip = main?.commits.at(-1)?.sha;
  const merges = tip === undefined || ofBranches.length < 2 ? new Map() : await operations.mergesOf(repository, tip);
  const tracks: BranchTrack[] = [];
  for (const { light, commits } of ofBranches) {
    const last = commits.at(-1);
    if (last === undefined) continue;
    const shown = commits.flatMap(({ sha, run, state }) => {
      const at = places.get(run);
      return at === undefined ? [] : [{ sha, run, state, at }];
    });
    const line = tracks.length === 0 ? [] : await operations.lineOf(repository, last.sha);
    const fork = line.findLast((sha) => placeInMain.has(sha));
    const { ref, name, state } = light;
    const forkAt = fork === undefined ? null : (placeInMain.get(fork) ?? null);
    const back = tracks.length === 0 ? [] : mergesOf(shown, merges, placeInMain);
    tracks.push({ ref, name, state, last_at: last.at, commits: shown, fork: forkAt, merges: back });
  }
  return tracks;
}

/** Which of these commits were merged into the first branch, and where; only where both are drawn. */
function mergesOf(
  commits: BranchTrack['commits'],
  merges: ReadonlyMap<string, readonly string[]>,
  placeInMain: ReadonlyMap<string, number>,
): BranchTrack['merges'] {
  const placeOf = new Map(commits.map(({ sha, at }) => [sha, at]));
  return [...merges].flatMap(([sha, merged]) => {
    const to = placeInMain.get(sha);
    return merged.flatMap((one) => {
      const from = placeOf.get(one);
      return to === undefined || from === undefined || from >= to ? [] : [{ from, to }];
    });
  });
}

function pair(sha: string, at: number | undefined): readonly (readonly [string, number])[] {
  return at === undefined ? [] : [[sha, at]];
}
