import type { PullRequestFilter, RefFilter } from '../model/workflow.ts';
import { matchesPatterns } from './patterns.ts';

type Patterns = readonly string[] | undefined;

/** Why the filters of `push` do not let this ref pass, naming the one that did not; undefined: they do. */
export function pushRefReason(filter: RefFilter, ref: string): string | undefined {
  const { branches, branchesIgnore, tags, tagsIgnore } = filter;
  const hasBranches = branches !== undefined || branchesIgnore !== undefined;
  const hasTags = tags !== undefined || tagsIgnore !== undefined;
  const tag = nameIn(ref, 'refs/tags/');
  if (tag !== undefined) {
    // who filters only branches does not mean tags, and the other way around
    if (hasBranches && !hasTags) return `\`on.push\` has a filter for branches only; this ref is the tag ${tag}`;
    return nameReason('push', 'tags', tags, tagsIgnore, `this ref is the tag ${tag}`, tag);
  }
  const branch = nameIn(ref, 'refs/heads/') ?? ref;
  if (hasTags && !hasBranches) return `\`on.push\` has a filter for tags only; this ref is the branch ${branch}`;
  return nameReason('push', 'branches', branches, branchesIgnore, `this ref is ${branch}`, branch);
}

/** The same for a branch that an event has besides its ref: the base of a pull request. */
export function branchReason(
  event: string,
  filter: Pick<PullRequestFilter, 'branches' | 'branchesIgnore'>,
  branch: string,
  what: string,
): string | undefined {
  return nameReason(event, 'branches', filter.branches, filter.branchesIgnore, `${what} is ${branch}`, branch);
}

function nameReason(
  event: string,
  key: string,
  wanted: Patterns,
  ignored: Patterns,
  what: string,
  name: string,
): string | undefined {
  if (wanted !== undefined && !matchesPatterns(wanted, name)) {
    return `\`on.${event}.${key}\` has ${listed(wanted)}; ${what}`;
  }
  if (ignored !== undefined && matchesPatterns(ignored, name)) {
    return `\`on.${event}.${key}-ignore\` has ${listed(ignored)}; ${what}`;
  }
  return undefined;
}

/** Does the filter look at paths at all? */
export function hasPathFilter(filter: Pick<RefFilter, 'paths' | 'pathsIgnore'>): boolean {
  return filter.paths !== undefined || filter.pathsIgnore !== undefined;
}

/**
 * Why the path filters do not let these changed paths pass; undefined: they do. One path that is wanted, or not ignored,
 * is enough; where nothing changed, there is none.
 */
export function pathReason(
  event: string,
  filter: Pick<RefFilter, 'paths' | 'pathsIgnore'>,
  changed: readonly string[],
): string | undefined {
  const { paths, pathsIgnore } = filter;
  const what = changed.length === 0 ? 'nothing was changed' : `changed: ${listed(changed, 5)}`;
  if (paths !== undefined && !changed.some((path) => matchesPatterns(paths, path))) {
    return `\`on.${event}.paths\` has ${listed(paths)}; ${what}`;
  }
  if (pathsIgnore !== undefined && changed.every((path) => matchesPatterns(pathsIgnore, path))) {
    return `\`on.${event}.paths-ignore\` has ${listed(pathsIgnore)}; ${what}`;
  }
  return undefined;
}

/** Is this what {@link pathReason} says of a push? */
export function isPathReason(reason: string): boolean {
  return reason.startsWith('`on.push.paths');
}

/** Is this what {@link pushRefReason} says? */
export function isRefReason(reason: string): boolean {
  return /^`on\.push(?:\.branches|\.tags|` has a filter for)/.test(reason);
}

function nameIn(ref: string, space: string): string | undefined {
  return ref.startsWith(space) ? ref.slice(space.length) : undefined;
}

/** As a list for people, the first ones only. */
export function listed(items: readonly string[], most = 10): string {
  if (items.length === 0) return 'nothing';
  const shown = items.slice(0, most).map((item) => (item.length > 100 ? `${item.slice(0, 99)}…` : item));
  return items.length > most ? `${shown.join(', ')} and ${items.length - most} more` : shown.join(', ');
}
