import { matchesGitPattern } from './git-pattern.ts';

/** One line of a CODEOWNERS file. */
interface OwnerRule {
  readonly pattern: string;
  /** `@ada`, `@acme/core`, `ada@example.org`; none: nobody owns these. */
  readonly owners: readonly string[];
}

/** Where the file is looked for; the first one that there is counts. */
export const OWNER_FILES = [
  '.github/CODEOWNERS',
  'CODEOWNERS',
  'docs/CODEOWNERS',
  '.gitlab/CODEOWNERS',
  '.gitea/CODEOWNERS',
  '.forgejo/CODEOWNERS',
] as const;

/** Most lines that are read. */
const MAX_RULES = 5_000;

/**
 * Who owns these paths by a CODEOWNERS file: of each path the owners of the last line that fits it, as on GitHub. Sections
 * of GitLab (`[Name] @owner`) are read as far as their owners are those of lines without any.
 */
export function ownersOf(file: string, paths: readonly string[]): readonly string[] {
  const rules = parse(file);
  const owners = paths.flatMap(
    (path) => rules.findLast(({ pattern }) => matchesGitPattern(pattern, path))?.owners ?? [],
  );
  return [...new Set(owners)];
}

function parse(file: string): readonly OwnerRule[] {
  let ofSection: readonly string[] = [];
  const rules: OwnerRule[] = [];
  for (const line of file.split(/\r?\n/)) {
    if (rules.length >= MAX_RULES) break;
    const words = line
      .replace(/(?:^|\s)#.*$/, '')
      .trim()
      .split(/(?<!\\)\s+/)
      .filter((word) => word !== '');
    const section = /^\^?\[[^\]]*\](?:\[\d+\])?/.exec(line.trim());
    if (section !== null) {
      ofSection = line
        .trim()
        .slice(section[0].length)
        .split(/\s+/)
        .filter((word) => word.includes('@'));
      continue;
    }
    const [pattern, ...said] = words;
    if (pattern === undefined) continue;
    const owners = said.filter((word) => word.includes('@'));
    rules.push({ pattern: pattern.replaceAll('\\ ', ' '), owners: owners.length > 0 ? owners : ofSection });
  }
  return rules;
}
