/** Base of every error raised on purpose; anything else that is thrown is a bug. */
export abstract class CiError extends Error {
  /** Stable; each code is explained in `docs/errors.md`. Callers branch on it, never on the message. */
  abstract readonly code: `E_${string}`;
}

/** The text of whatever was thrown, for messages and logs; never a stack trace. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
