/** A part of a pattern: characters it takes, and how often. Without `takes` it takes none and only leads on. */
interface Part {
  readonly takes?: (character: string) => boolean;
  /** Takes more than one. */
  readonly isMany: boolean;
  /** How far on in the pattern one may go without taking anything here. */
  readonly skips: readonly number[];
}

interface Pattern {
  readonly isNegative: boolean;
  readonly parts: readonly Part[];
}

/** Compiled patterns by their text: the same few are asked for each commit. */
const compiled = new Map<string, Pattern>();
const MAX_COMPILED = 5_000;
const MAX_LENGTH = 1_000;

/** What is wrong with a pattern of a filter; undefined: nothing. */
export function patternProblem(text: string): string | undefined {
  const pattern = text.startsWith('!') ? text.slice(1) : text;
  if (pattern === '') return 'it is empty';
  if (text.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`;
  const parts = compile(pattern);
  return typeof parts === 'string' ? parts : undefined;
}

/**
 * Does the name match the patterns of a filter (`branches`, `tags`, `paths`)? In their order: one that begins with `!` takes
 * away what those before it let in, and a later one lets it in again. Linear in the lengths of pattern and name: a regular
 * expression could be made to take years.
 */
export function matchesPatterns(patterns: readonly string[], name: string): boolean {
  let isIn = false;
  for (const text of patterns) {
    const { isNegative, parts } = patternOf(text);
    if (isIn === isNegative && matches(parts, name)) isIn = !isNegative;
  }
  return isIn;
}

function patternOf(text: string): Pattern {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const isNegative = text.startsWith('!');
  const parts = compile(isNegative ? text.slice(1) : text);
  const nothing: Part = { takes: () => false, isMany: false, skips: [] };
  const pattern = { isNegative, parts: typeof parts === 'string' ? [nothing] : parts };
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  compiled.set(text, pattern);
  return pattern;
}

/** Goes through the name with all places in the pattern at which one can be at once. */
function matches(parts: readonly Part[], name: string): boolean {
  let places = reach(parts, [0]);
  for (const character of name) {
    const next: number[] = [];
    for (const place of places) {
      const part = parts[place];
      if (part?.takes?.(character) !== true) continue;
      next.push(place + 1);
      if (part.isMany) next.push(place);
    }
    places = reach(parts, next);
    if (places.size === 0) return false;
  }
  return places.has(parts.length);
}

function reach(parts: readonly Part[], from: readonly number[]): ReadonlySet<number> {
  const places = new Set(from);
  for (const place of places) for (const skip of parts[place]?.skips ?? []) places.add(place + skip);
  return places;
}

/** The parts of a pattern, or what is wrong with it. */
function compile(pattern: string): readonly Part[] | string {
  const parts: Part[] = [];
  for (let index = 0; index < pattern.length; ) {
    const rest = pattern.slice(index);
    const stars = /^\*+/.exec(rest)?.[0].length ?? 0;
    const set = /^\[([^\]]+)\]/s.exec(rest);
    const [character = ''] = rest;
    if (stars > 0) index += addStars(parts, pattern, index, stars);
    else if (character === '?' || character === '+') {
      const before = parts.pop();
      if (before === undefined) return `${character} repeats the character before it, and there is none`;
      parts.push(repeated(before, character));
      index += 1;
    } else if (set !== null) {
      parts.push({ takes: setOf(set[1] ?? ''), isMany: false, skips: [] });
      index += set[0].length;
    } else if (character === '[') {
      return 'a [ has no ], or there is nothing between them';
    } else {
      const escaped = character === '\\' ? ([...rest][1] ?? character) : character;
      parts.push({ takes: (one) => one === escaped, isMany: false, skips: [] });
      index += character === '\\' && rest.length > 1 ? 1 + escaped.length : character.length;
    }
  }
  return parts;
}

/** `*`: no slash; `**`: anything; as a whole part of a path, with the slash after it, also no part at all. */
function addStars(parts: Part[], pattern: string, index: number, stars: number): number {
  const anything = { takes: stars === 1 ? (one: string) => one !== '/' : () => true, isMany: true, skips: [1] };
  const isWhole = stars > 1 && (index === 0 || pattern[index - 1] === '/') && pattern[index + stars] === '/';
  if (!isWhole) {
    parts.push(anything);
    return stars;
  }
  parts.push({ isMany: false, skips: [1, 3] }, anything, { takes: (one) => one === '/', isMany: false, skips: [] });
  return stars + 1;
}

function repeated(part: Part, how: '?' | '+'): Part {
  return how === '?' ? { ...part, skips: [1, ...part.skips] } : { ...part, isMany: true };
}

/** The characters between `[` and `]`, ranges such as `0-9` included. */
function setOf(text: string): (character: string) => boolean {
  const members = new Set<string>();
  const ranges: (readonly [string, string])[] = [];
  const characters = [...text];
  for (let index = 0; index < characters.length; index++) {
    const [from = '', dash, to] = characters.slice(index, index + 3);
    if (dash === '-' && to !== undefined) {
      ranges.push([from, to]);
      index += 2;
    } else members.add(from);
  }
  return (one) => members.has(one) || ranges.some(([from, to]) => from <= one && one <= to);
}
