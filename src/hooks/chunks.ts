import type { WireCommit } from '../protocol/to-dispatcher.ts';
import type { Dispatch } from './outlet.ts';

/** Bounds of one message: far below a frame, so that a heartbeat never waits long behind it. */
const MAX_COMMITS = 2_000;
const MAX_BYTES = 4 * 1024 * 1024;
/** What a commit takes beside its texts. */
const COMMIT_BYTES = 200;

/** Splits what is too large for one message, oldest first; each part moves the ref on to its last commit. */
export function* chunksOf(dispatch: Dispatch): Generator<Dispatch> {
  let { before } = dispatch;
  const { payload: _, ...part } = dispatch; // it speaks of the last commit
  let [commits, bytes]: [WireCommit[], number] = [[], 0];
  for (const commit of dispatch.commits) {
    const size = sizeOf(commit);
    const last = commits.at(-1);
    if (last !== undefined && (commits.length >= MAX_COMMITS || bytes + size > MAX_BYTES)) {
      yield { ...part, before, after: last.sha, commits };
      before = last.sha;
      [commits, bytes] = [[], 0];
    }
    commits.push(commit);
    bytes += size;
  }
  yield { ...dispatch, before, commits };
}

/** At most, once it is JSON: a character takes up to six bytes there. */
function sizeOf({ title, author, skip = '' }: WireCommit): number {
  return COMMIT_BYTES + 6 * (title.length + author.length + skip.length);
}
