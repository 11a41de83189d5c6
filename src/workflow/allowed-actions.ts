/**
 * May a remote action be used? Patterns are those of `actions.allow`: `owner/name`, or `owner/name@ref`, where `*` stands for anything;
 * case does not matter. No pattern at all allows everything.
 */
export function isAllowed(
  action: { readonly owner: string; readonly repository: string; readonly ref: string },
  patterns: readonly string[],
): boolean {
  const name = `${action.owner}/${action.repository}`;
  return (
    patterns.length === 0 ||
    patterns.some((pattern) => matchesPattern(pattern, pattern.includes('@') ? `${name}@${action.ref}` : name))
  );
}

/** `acme/*`: `*` stands for anything, and case does not matter. */
export function matchesPattern(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'i').test(text);
}
