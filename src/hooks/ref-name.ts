/** What git itself does not allow in the name of a ref (git-check-ref-format), which keeps it inside `refs` too. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const FORBIDDEN = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|^[./]|[./]$|\.lock(?:\/|$)/;

/** Could git have a ref of this full name? Safe to be put behind a git folder as a path. */
export function isRefName(name: string): boolean {
  return !FORBIDDEN.test(name);
}

/** Branches, tags, and HEADs that are on no branch; everything else (notes, stash, pull requests) is left alone. */
export function isWatchedRef(ref: string): boolean {
  return /^refs\/(?:heads|tags)\/./.test(ref) || isHead(ref);
}

/** A branch, by its full name: neither a tag nor a HEAD. */
export function isBranch(ref: string): boolean {
  return ref.startsWith('refs/heads/');
}

/** HEAD of the repository, or of one of its linked work trees (`worktrees/<id>/HEAD`). */
export function isHead(ref: string): boolean {
  return ref === 'HEAD' || /^worktrees\/[^/]+\/HEAD$/.test(ref);
}
