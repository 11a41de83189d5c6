import { duration } from './words.ts';

/** How long the server may take to answer, in milliseconds. */
const TIMEOUT_MS = 15_000;

/** What came of asking the server to do something. */
export type Asked = { readonly isDone: true } | { readonly isDone: false; readonly why: string };

/** Asks the server to do something; a refusal comes back in its words. */
export async function askFor(path: string, body: object): Promise<Asked> {
  try {
    const answer = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (answer.ok) return { isDone: true };
    const said: { error?: { message?: string } } = await answer.json().catch(() => ({}));
    return { isDone: false, why: sentence(said.error?.message ?? `the server answered ${answer.status}`) };
  } catch {
    const after = duration(TIMEOUT_MS);
    return { isDone: false, why: `The server did not answer within ${after}; it may be stopped, try again` };
  }
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
