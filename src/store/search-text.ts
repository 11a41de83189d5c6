/** Of a longer text so many trigrams are looked up; what they find is compared with all of it. */
const MOST_TRIGRAMS = 40;
/** A part of a commit's id from this length on is looked up among the ids. */
const SHA_CHARACTERS = 3;

/** A run as far as it is searched for. */
export interface SearchedRun {
  readonly title: string;
  readonly author: string;
  readonly ref: string;
  readonly workflow: string;
  readonly path: string | null;
  readonly repository_name: string;
}

/** The words of a query in lower case, all of which have to be found; what stands in quotation marks is one. */
export function termsOf(query: string): readonly string[] {
  const found = query.replaceAll('\0', '').matchAll(/"([^"]*)"|[^\s"]+/g);
  const terms = [...found].map(([all, quoted]) => (quoted ?? all).trim().toLowerCase());
  return [...new Set(terms.filter((term) => term !== ''))];
}

/** All of a run that is searched. */
export function searchedText(run: SearchedRun): string {
  const { title, author, ref, workflow, path, repository_name: repository } = run;
  return [title, author, ref.replace(/^refs\/heads\//, ''), workflow, path ?? '', repository].join('\n');
}

/** All of a test that is searched. */
export function searchedTest({ suite, name }: { readonly suite: string; readonly name: string }): string {
  return `${suite}\n${name}`;
}

/** What FTS5 is asked for texts that hold all of these; undefined: they are too short, it knows three characters at least. */
export function matchOf(texts: readonly string[]): string | undefined {
  const trigrams = new Set<string>();
  for (const text of texts) {
    const characters = [...text];
    // side by side, and the last one: overlapping ones would say little more, and take twice as long
    for (let at = 0; at < characters.length && characters.length >= 3 && trigrams.size < MOST_TRIGRAMS; at += 3)
      trigrams.add(
        characters
          .slice(Math.min(at, characters.length - 3))
          .slice(0, 3)
          .join(''),
      );
  }
  // each is a string of FTS5, so that nothing in it is an operator
  return trigrams.size === 0 ? undefined : [...trigrams].map((one) => `"${one.replaceAll('"', '""')}"`).join(' ');
}

/** Does the text hold all of these? In a run `sha` may begin with one. */
export function holdsAll(terms: readonly string[], text: string, sha?: string): boolean {
  const lower = text.toLowerCase();
  return terms.every((term) => lower.includes(term) || sha?.startsWith(term) === true);
}

/** The longest of these that may be the beginning of a commit's id. */
export function shaIn(terms: readonly string[]): string | undefined {
  const fitting = terms.filter((term) => term.length >= SHA_CHARACTERS && /^[0-9a-f]{3,40}$/.test(term));
  return fitting.sort((a, b) => b.length - a.length)[0];
}
