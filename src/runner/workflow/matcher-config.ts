import * as z from 'zod';

const group = z.number().int().min(0).nullish();
const pattern = z.object({
  regexp: z.string(),
  file: group,
  fromPath: group,
  line: group,
  column: group,
  severity: group,
  code: group,
  message: group,
  loop: z.boolean().nullish(),
});
const severity = z
  .string()
  .regex(/^(?:error|warning|notice)?$/i, 'must be error, warning or notice')
  .nullish();
const config = z.object({
  problemMatcher: z.array(z.object({ owner: z.string().min(1), severity, pattern: z.array(pattern).min(1) })),
});

/** Parts of a match, by the number of the group that holds them. */
export const MATCH_PARTS = ['file', 'fromPath', 'line', 'column', 'severity', 'code', 'message'] as const;
export type MatchPart = (typeof MATCH_PARTS)[number];

/** One pattern of a problem matcher. */
export interface MatcherPattern {
  readonly regexp: RegExp;
  readonly groups: Readonly<Partial<Record<MatchPart, number>>>;
  /** The last one may fit over and over. */
  readonly loop: boolean;
}

/** A problem matcher: patterns for lines that follow one another. */
export interface MatcherConfig {
  readonly owner: string;
  readonly severity: string;
  readonly patterns: readonly [MatcherPattern, ...MatcherPattern[]];
}

/** Reads the JSON of `::add-matcher::`. @throws {Error} in words, by GitHub's rules. */
export function parseMatchers(text: string): MatcherConfig[] {
  const parsed = config.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new Error(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  const owners = new Set<string>();
  return parsed.data.problemMatcher.map((matcher) => {
    if (owners.has(matcher.owner.toLowerCase())) throw new Error(`Duplicate owner name '${matcher.owner}'`);
    owners.add(matcher.owner.toLowerCase());
    return matcherOf(matcher);
  });
}

type RawMatcher = z.infer<typeof config>['problemMatcher'][number];
type RawPattern = z.infer<typeof pattern>;

function matcherOf({ owner, severity: level, pattern: raw }: RawMatcher): MatcherConfig {
  const [first, ...rest] = raw.map((one, index) => patternOf(one, index > 0 && index === raw.length - 1));
  if (first === undefined) throw new Error(`Matcher '${owner}' does not contain any patterns`);
  const patterns = [first, ...rest] as const;
  for (const part of MATCH_PARTS) {
    const count = patterns.filter(({ groups }) => groups[part] !== undefined).length;
    if (count > 1) throw new Error(`The property '${part}' is set twice`);
    if (part === 'message' && count === 0) throw new Error(`At least one pattern must set 'message'`);
  }
  return { owner, severity: level ?? '', patterns };
}

function patternOf(raw: RawPattern, mayLoop: boolean): MatcherPattern {
  const loop = raw.loop === true;
  if (loop && !mayLoop) throw new Error(`Only the last pattern in a multiline matcher may set 'loop'`);
  if (loop && raw.message == null) throw new Error(`The loop pattern must set 'message'`);
  const groupCount = (new RegExp(`${raw.regexp}|`).exec('')?.length ?? 1) as number;
  const groups: Partial<Record<MatchPart, number>> = {};
  for (const part of MATCH_PARTS) {
    const number = raw[part];
    if (number == null) continue;
    if (number >= groupCount)
      throw new Error(`The property '${part}' is set to ${number}, and there are ${groupCount} groups`);
    groups[part] = number;
  }
  return { regexp: new RegExp(raw.regexp), groups, loop };
}
