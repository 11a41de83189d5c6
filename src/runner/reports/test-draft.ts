import type { TestCase } from '../../model/findings.ts';

/** Longest suite and name that are kept, in characters. */
const MAX_NAME = 500;
/** Longest message that is kept, in bytes of UTF-8. */
const MAX_MESSAGE_BYTES = 8 * 1024;

/** What a report says of one test, as it says it: paths may be absolute, relative to anything, or missing. */
export interface TestDraft {
  readonly suite: string;
  readonly name: string;
  readonly conclusion: TestCase['conclusion'];
  /** Milliseconds. */
  readonly durationMs: number | null;
  readonly message?: string;
  readonly file?: string;
  readonly line?: number;
  /** Absolute: where its tool was started, if that is known. */
  readonly cwd?: string;
  /** It failed first and passed then, in one go of its runner. */
  readonly isFlaky?: boolean;
}

/** Makes a draft; what is not known is left out. */
export function draft(given: {
  readonly suite?: string | undefined;
  readonly name: string;
  readonly conclusion: TestCase['conclusion'];
  readonly durationMs?: number | null | undefined;
  readonly message?: string | undefined;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly isFlaky?: boolean | undefined;
}): TestDraft {
  const { suite = '', name, conclusion, durationMs, message, file, line, isFlaky } = given;
  return {
    suite,
    name,
    conclusion,
    durationMs: typeof durationMs === 'number' && Number.isFinite(durationMs) ? Math.max(0, durationMs) : null,
    ...(message === undefined || message.trim() === '' ? {} : { message: plain(message) }),
    ...(file === undefined || file === '' ? {} : { file }),
    ...(line !== undefined && Number.isSafeInteger(line) && line > 0 ? { line } : {}),
    ...(isFlaky === true && conclusion === 'success' ? { isFlaky } : {}),
  };
}

/** A message without colours and without the empty lines around it. */
function plain(text: string): string {
  return text
    .replace(COLOURS, '')
    .replace(/\r\n?/g, '\n')
    .replace(/^\s*\n|\s+$/g, '');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the colours that test runners write
const COLOURS = /\u001b\[[0-9;:]*[A-Za-z]/g;

/** A suite or a name: on one line, and not longer than all others. */
export function clipName(text: string): string {
  const short = text.replace(COLOURS, '').replace(/\s+/g, ' ').trim();
  return short.length <= MAX_NAME ? short : `${short.slice(0, MAX_NAME - 1)}…`;
}

/** The beginning of a message, at most 8 KiB of it. */
export function clipMessage(message: string, maxBytes = MAX_MESSAGE_BYTES): string {
  if (message.length * 3 <= maxBytes) return message;
  const bytes = Buffer.from(message, 'utf8');
  if (bytes.length <= maxBytes) return message;
  // a character that was cut in two becomes U+FFFD at the end, and is taken away
  return `${bytes
    .subarray(0, maxBytes - 3)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')}…`;
}
