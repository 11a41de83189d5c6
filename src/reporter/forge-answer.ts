import { GiveUpError, RetryLaterError, SinkDownError } from './message.ts';
import { clip } from './status/clip.ts';

/** What another side answered that is no success. */
export interface Refusal {
  /** Of whom, for people: its host. */
  readonly host: string;
  /** What was asked, for people: `the status of acme/app@1a2b3c4`. */
  readonly what: string;
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly body: string;
  readonly attempt: number;
  /** Where the token comes from, for people: a path. */
  readonly credential: string;
  readonly now: Date;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** How long a commit that the forge does not have is waited for. */
const UNKNOWN_COMMIT_MS = 48 * HOUR_MS;

/** What is to be done about a refusal of a forge's API, with words. */
export function errorFor(refusal: Refusal): GiveUpError | RetryLaterError | SinkDownError {
  const { host, what, status, credential, attempt } = refusal;
  const said = saidIn(refusal.body);
  const afterMs = askedWait(refusal);
  const answer = `${host} answered ${status}${said === '' ? '' : ` (${said})`} to ${what}`;
  if (status === 429 || (status === 403 && (afterMs !== undefined || /rate limit|abuse/i.test(said))))
    return new SinkDownError(`${answer}: its rate limit is used up`, { afterMs: afterMs ?? MINUTE_MS });
  if (status === 401)
    return new SinkDownError(`${answer}: it does not know the token in ${credential}; put a valid one there`);
  if (status === 403)
    return new GiveUpError(
      `${answer}: the token in ${credential} may not do that; docs/forges.md lists what it has to have`,
    );
  if (status === 404 || isCommitUnknown(status, said)) {
    const waitMs = Math.min(2 * HOUR_MS, 30_000 * 2 ** Math.min(attempt, 10));
    const words = `${answer}: it does not have that commit (yet), or the token in ${credential} may not see the repository`;
    return new RetryLaterError(words, { afterMs: waitMs, giveUpAfterMs: UNKNOWN_COMMIT_MS, isSinkWell: true });
  }
  if (status >= 300 && status < 400)
    return new GiveUpError(
      `${answer}, which sends elsewhere${place(refusal)}; name the new address, redirects are not followed`,
    );
  if (status >= 500 || status === 408 || status < 300) return new RetryLaterError(answer, { afterMs });
  return new GiveUpError(answer);
}

/** GitHub: 422 `No commit found for SHA`; Bitbucket and Gitea have words of their own. */
function isCommitUnknown(status: number, said: string): boolean {
  return (
    (status === 422 || status === 400) &&
    /no commit found|commit .*(?:not found|does not exist)|object does not exist/i.test(said)
  );
}

/** How long the other side asks to wait, in milliseconds: `Retry-After`, or the end of the window whose quota is used up. */
export function askedWait({ headers, now }: Pick<Refusal, 'headers' | 'now'>): number | undefined {
  const after = String(headers['retry-after'] ?? '');
  if (/^\d{1,9}$/.test(after)) return Number(after) * 1_000;
  const date = Date.parse(after);
  if (after !== '' && !Number.isNaN(date)) return Math.max(0, date - +now);
  const left = headers['x-ratelimit-remaining'] ?? headers['ratelimit-remaining'];
  const reset = Number(headers['x-ratelimit-reset'] ?? headers['ratelimit-reset']);
  if (String(left) !== '0' || !Number.isFinite(reset)) return undefined;
  return Math.max(1_000, reset * 1_000 - +now + 1_000);
}

function place({ headers }: Refusal): string {
  const to = String(headers.location ?? '');
  return URL.canParse(to) ? ` (${new URL(to).host})` : '';
}

/** The words of an answer: those of its JSON, or that it is a page. */
function saidIn(body: string): string {
  try {
    const { message, error, errors } = JSON.parse(body) as Record<string, unknown>;
    const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
    const detail = typeof first === 'object' && first !== null ? (first as { message?: unknown }).message : first;
    const ofError = typeof error === 'object' && error !== null ? (error as { message?: unknown }).message : error;
    const words = [message, ofError, detail].map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
    return clip([...new Set(words.filter((word) => word !== undefined))].join(': '), 300);
  } catch {
    return /^\s*</.test(body) ? 'a page instead of JSON' : clip(body, 100);
  }
}
