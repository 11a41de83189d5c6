/** How long the server may take to answer, in milliseconds; a test of a sink may take 45 s. */
const TIMEOUT_MS = 60_000;

/** Told to the document when the server did what it was asked for: not all of that makes an event. */
export const CHANGED = 'signalbox:changed';

/** What the server said to a wish: its answer, or why not, in its words and with its code, where it has one. */
export type Answered =
  | { readonly isDone: true; readonly body: unknown }
  | { readonly isDone: false; readonly why: string; readonly code: string | null; readonly status: number };

/** Asks the server for something, or to do something. `body` is sent as JSON; a refusal comes back in words. */
export async function askServer(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Answered> {
  try {
    const answer = await fetch(path, {
      method,
      headers: { Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const said: unknown = await answer.json().catch(() => null);
    if (answer.ok && method !== 'GET') document.dispatchEvent(new Event(CHANGED));
    if (answer.ok) return { isDone: true, body: said };
    const { error } = (said ?? {}) as { error?: { code?: string; message?: string } };
    const why = answer.status === 401 ? LOGIN : (error?.message ?? `the server answered ${answer.status}`);
    return { isDone: false, why: asSentence(why, path, body), code: error?.code ?? null, status: answer.status };
  } catch {
    return { isDone: false, why: 'The server did not answer; it may be stopped, try again', code: null, status: 0 };
  }
}

const LOGIN =
  'this browser is not logged in: run `signalbox open` on the server’s machine, which opens the page logged in';

/** With a capital letter, unless it begins with something that was sent: that stays as it is. */
function asSentence(why: string, path: string, body: object = {}): string {
  const sent = [...Object.values(body), ...path.split(/[/?&=]/).map(decodeURIComponent)];
  if (sent.some((one) => typeof one === 'string' && one !== '' && why.startsWith(`${one} `))) return why;
  return why.slice(0, 1).toUpperCase() + why.slice(1);
}
