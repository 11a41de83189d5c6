/**
 * What labels of `runs-on` become: labels that a runner has to have (none: any runner will do), or `skip`: such jobs are
 * recorded as skipped. Names may hold `*`; upper and lower case are the same.
 */
export type LabelMap = Readonly<Record<string, readonly string[] | 'skip'>>;

/** Used for labels that the configuration does not name; a label that is not here either stands for itself. */
export const DEFAULT_LABELS: LabelMap = {
  'ubuntu-*-arm': ['arm64'],
  'windows-*-arm': ['windows', 'arm64'],
  'ubuntu-*': [],
  'self-hosted': [],
  linux: [],
  x64: [],
  'macos-*': ['macos'],
  'windows-*': ['windows'],
};

/** The labels of a job as runners have them (lower case, each once, in order), or the one that is mapped to `skip`. */
export type ResolvedLabels = { readonly labels: readonly string[] } | { readonly skip: string };

/** Maps the labels of one `runs-on`. An exact name wins over a pattern, the configuration over the defaults. */
export function resolveLabels(runsOn: readonly string[], configured: LabelMap): ResolvedLabels {
  const labels = new Set<string>();
  for (const label of runsOn) {
    const mapped = lookUp(label, configured) ?? lookUp(label, DEFAULT_LABELS) ?? [label];
    if (mapped === 'skip') return { skip: label };
    for (const one of mapped) labels.add(one.toLowerCase());
  }
  return { labels: [...labels] };
}

function lookUp(label: string, map: LabelMap): readonly string[] | 'skip' | undefined {
  const wanted = label.toLowerCase();
  const entries = Object.entries(map).map(([name, labels]) => [name.toLowerCase(), labels] as const);
  const found = entries.find(([name]) => name === wanted) ?? entries.find(([name]) => fits(name, wanted));
  return found?.[1];
}

/** Does the text fit a pattern in which `*` stands for any characters? */
function fits(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return pattern === text;
  const [first = '', last = ''] = [parts[0], parts.at(-1)];
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= text.length - last.length;
}
