/** Any of these in the message of the commit that a push or pull request brings keeps its workflows from running. */
const MARKS = ['[skip ci]', '[ci skip]', '[no ci]', '[skip actions]', '[actions skip]'];

/** Why the message says that nothing should run, naming what it says; undefined: it does not say so. */
export function skipReason(message: string): string | undefined {
  const lower = message.toLowerCase();
  const mark = MARKS.find((one) => lower.includes(one));
  if (mark !== undefined) return `the commit's message says ${mark}`;
  const trailer = trailerOf(message);
  return trailer === undefined ? undefined : `the commit's message ends with the trailer ${trailer}`;
}

/** `skip-checks: true` (or `skip-checks:true`) in the last paragraph of the message, the first one excepted. */
function trailerOf(message: string): string | undefined {
  const paragraphs = message.trimEnd().split(/\r?\n[ \t]*\r?\n/);
  if (paragraphs.length < 2) return undefined;
  const lines = (paragraphs.at(-1) ?? '').split(/\r?\n/);
  const trailer = lines.find((line) => /^skip-checks:\s*true\s*$/i.test(line));
  return trailer?.trim();
}
