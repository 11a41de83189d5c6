import { isNoCommit, NO_COMMIT } from '../model/push.ts';
import { isHead } from './ref-name.ts';
import type { SourceView } from './source-view.ts';

/** What a reconcile compares. */
export interface ReconcileOptions {
  readonly view: SourceView;
  /** Where refs were dispatched last. */
  readonly tips: () => ReadonlyMap<string, string>;
  /** Where a delivery that still waits says that a ref is. */
  readonly expected: (ref: string) => string | undefined;
  /** Journals a move; one after the other is awaited. */
  readonly post: (move: RefMove) => Promise<void>;
}

/** A ref is somewhere else than it was dispatched; all zeros for none. */
export interface RefMove {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

/** So many posts are under way at a time. */
const AT_ONCE = 8;
/** Above this a ref is not read once more before it is posted. */
const FEW = 50;

/**
 * Compares the refs of a source with what was dispatched and is waiting to be, and posts what differs: the gap after a
 * downtime, a lost webhook. @returns how many refs differed. @throws {SourceUnavailableError} @throws {NotTakenError}
 */
export async function reconcile(options: ReconcileOptions): Promise<number> {
  const refs = await options.view.refs();
  const moves = differences(refs, options);
  const isFew = moves.length <= FEW && options.view.kind === 'local';
  for (let at = 0; at < moves.length; at += AT_ONCE) {
    await Promise.all(moves.slice(at, at + AT_ONCE).map((move) => postIfStill(move, isFew, options)));
  }
  return moves.length;
}

function differences(refs: ReadonlyMap<string, string>, { tips, expected }: ReconcileOptions): RefMove[] {
  const known = tips();
  const moves: RefMove[] = [];
  for (const [ref, after] of refs) {
    // whatever else waits to be processed finds the ref where it is
    if (known.get(ref) === after || expected(ref) === after) continue;
    moves.push({ ref, before: known.get(ref) ?? NO_COMMIT, after });
  }
  for (const [ref, before] of known) {
    // a HEAD that is on a branch again was not deleted
    if (refs.has(ref) || isHead(ref) || isNoCommit(expected(ref) ?? before)) continue;
    moves.push({ ref, before, after: NO_COMMIT });
  }
  return moves;
}

/** The hook may have told of it while the refs were read: then what was read is old. */
async function postIfStill(move: RefMove, isRead: boolean, options: ReconcileOptions): Promise<void> {
  const { view, tips, expected, post } = options;
  if (expected(move.ref) === move.after || (tips().get(move.ref) ?? NO_COMMIT) === move.after) return;
  if (isRead && ((await view.current(move.ref)) ?? NO_COMMIT) !== move.after) return;
  await post(move);
}
