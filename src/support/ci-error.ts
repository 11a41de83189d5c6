/** Base of every error raised on purpose; anything else that is thrown is a bug. */
export abstract class CiError extends Error {
  /** Stable; each code is explained in `docs/errors.md`. Callers branch on it, never on the message. */
  abstract readonly code: `E_${string}`;
}

/** The text of whatever was thrown, for messages and logs; never a stack trace. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name !== 'ZodError' || !('issues' in error)) return error.message;
  // whose own message is all issues as JSON, on many lines
  const [issue] = error.issues as readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
  const place = issue?.path.map(String).join('.') || 'the whole of it';
  return `what came has another shape than is documented (${place}: ${issue?.message})`;
}
