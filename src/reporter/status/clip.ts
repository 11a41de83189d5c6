/** Longest description, in characters: GitHub's limit, kept for all. */
const DESCRIPTION = 140;

/** Text of at most `limit` characters, on one line. */
export function clip(text: string, limit = DESCRIPTION): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const characters = [...line];
  return characters.length <= limit ? line : `${characters.slice(0, limit - 1).join('')}…`;
}
