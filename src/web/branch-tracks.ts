import type { Lamp } from '../../web/src/words.ts';
import type { RecentRun } from '../store/read-recent.ts';
import type { WebContext } from './context.ts';
import { branchLights, commitsOf } from './home-parts.ts';

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
}

/** The newest commits of up to six branches, the default one first, and where the others left it by their first parents in git. */
export async function branchTracks(
  { operations }: Pick<WebContext, 'operations'>,
  repository: number,
  runs: readonly RecentRun[],
  defaultRef: string | null,
): Promise<readonly BranchTrack[]> {
  const lights = branchLights(runs, defaultRef).slice(0, MAX_BRANCHES);
  const ofBranches = lights.map((light) => {
    const own = runs.filter((run) => run.event === 'push' && run.ref === light.ref);
    return { light, commits: commitsOf(own, runs) };
  });
  const drawn = ofBranches
    .flatMap(({ commits }, row) => commits.slice(row === 0 ? -MAX_COMMITS : -MAX_OF_OTHER))
    .sort((a, b) => (a.at < b.at ? -1 : 1));
  const places = new Map(drawn.map(({ run }, at) => [run, at]));
  const [main] = ofBranches;
  const placeInMain = new Map((main?.commits ?? []).flatMap(({ sha, run }) => pair(sha, places.get(run))));
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
    tracks.push({ ref, name, state, last_at: last.at, commits: shown, fork: forkAt });
  }
  return tracks;
}

function pair(sha: string, at: number | undefined): readonly (readonly [string, number])[] {
  return at === undefined ? [] : [[sha, at]];
}
