/** Longest pattern that is looked at; a longer one fits nothing. */
const MAX_LENGTH = 1_000;

/**
 * Does a path of a file fit a pattern of CODEOWNERS? As in a gitignore file, without `!` and `[…]`: `*` and `?` stop at a
 * slash, `**` does not; with a slash at its beginning or in its middle it is relative to the root; a folder takes all
 * below it. Linear in both lengths, since the pattern is a stranger's.
 */
export function matchesGitPattern(pattern: string, path: string): boolean {
  if (pattern.length > MAX_LENGTH) return false;
  const isAnchored = pattern.replace(/\/$/, '').includes('/');
  const isFolder = pattern.endsWith('/');
  const parts = pattern.replace(/^\/|\/$/g, '').split('/');
  if (parts.length === 1 && parts[0] === '') return isFolder;
  const names = path.split('/');
  const wanted = isAnchored ? parts : ['**', ...parts];
  return matchesParts(wanted, names, isFolder);
}

/** Which positions of the path can be reached after each part of the pattern. */
function matchesParts(parts: readonly string[], names: readonly string[], isFolder: boolean): boolean {
  let reached = new Set([0]);
  for (const [at, part] of parts.entries()) {
    const next = new Set<number>();
    const isLast = at === parts.length - 1;
    // as its last part it has to take something
    if (part === '**') addFrom(next, Math.min(...reached) + (isLast ? 1 : 0), names.length);
    else
      for (const position of reached) {
        if (position < names.length && matchesName(part, names[position] ?? '')) next.add(position + 1);
      }
    reached = next;
  }
  // what is reached before the end of the path is a folder that the file is in. `docs/*` means files directly in docs
  const last = parts.at(-1) ?? '';
  const takesBelow = isFolder || last !== '*';
  return [...reached].some((end) => (end === names.length ? !isFolder : takesBelow && end > 0));
}

/** `*` and `?` within one name. */
function matchesName(pattern: string, name: string): boolean {
  let reached = new Set([0]);
  for (const character of pattern) {
    const next = new Set<number>();
    // from the first position on it reaches every later one
    if (character === '*') addFrom(next, Math.min(...reached), name.length);
    else
      for (const position of reached) {
        if (position < name.length && (character === '?' || character === name[position])) next.add(position + 1);
      }
    reached = next;
  }
  return reached.has(name.length);
}

function addFrom(positions: Set<number>, first: number, last: number): void {
  for (let position = first; position <= last; position++) positions.add(position);
}
