import { generateKeyPairSync } from 'node:crypto';
import { type FakeForge, type ForgeRequest, startForge } from './fake-forge.ts';

/** The private key of the App that the fake hands out. */
export const APP_KEY = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
}).privateKey;

/** What the App's deliveries are signed with. */
export const APP_SECRET = 'the webhook secret of the app';
/** The first token of the App for its one installation; those after it end with their number. */
export const APP_TOKEN = 'ghs_0123456789abcdef';

/** A server that plays GitHub with one App, installed in `acme/app`, and the check runs that were made. */
export interface FakeGithub extends FakeForge {
  readonly checks: Record<string, unknown>[];
  /** Tokens that were made, the newest last. */
  readonly tokens: string[];
  /** How long the next ones are good, in milliseconds. */
  tokenLifeMs: number;
  /** Requests by path, without the base. */
  asked(part: string): readonly ForgeRequest[];
}

/** Starts one; its API is below `/api`. */
export async function startGithub(): Promise<FakeGithub> {
  const forge = await startForge();
  const checks: Record<string, unknown>[] = [];
  const tokens: string[] = [];
  forge.onRequest = ({ method, path, json }) => {
    if (forge.next.length > 0) return undefined;
    if (path.startsWith('/api/app-manifests/')) {
      const html_url = `${forge.url}/apps/signalbox`;
      const app = { id: 7, slug: 'signalbox', name: 'Signalbox', html_url, pem: APP_KEY, webhook_secret: APP_SECRET };
      return { status: 201, body: app };
    }
    if (path === '/api/repos/acme/app/installation') return { status: 200, body: { id: 3 } };
    if (path.endsWith('/installation')) return { status: 404, body: { message: 'Not Found' } };
    if (path.endsWith('/access_tokens')) {
      const token = tokens.length === 0 ? APP_TOKEN : `${APP_TOKEN}${tokens.length + 1}`;
      tokens.push(token);
      const expires_at = new Date(Date.now() + github.tokenLifeMs).toISOString();
      return { status: 201, body: { token, expires_at, permissions: {} } };
    }
    const listed = /\/commits\/(\w+)\/check-runs\?/.exec(path);
    if (listed !== null) {
      const found = checks.filter(({ head_sha }) => head_sha === listed[1]);
      return { status: 200, body: { total_count: found.length, check_runs: [...found].reverse() } };
    }
    if (method === 'POST' && path.endsWith('/check-runs')) return { status: 201, body: made(checks, json) };
    const id = /\/check-runs\/(\d+)$/.exec(path)?.[1];
    const check = checks.find((one) => String(one.id) === id);
    return check === undefined ? undefined : { status: 200, body: changed(check, json) };
  };
  const github = Object.assign(forge, {
    ...{ checks, tokens, tokenLifeMs: 3_600_000 },
    asked: (part: string) => forge.requests.filter(({ path }) => path.includes(part)),
  });
  return github;
}

function made(checks: Record<string, unknown>[], json: Record<string, unknown>): Record<string, unknown> {
  const check = { id: checks.length + 1, annotations: [], app: { id: 7 } };
  checks.push(check);
  return changed(check, json);
}

/** As GitHub does it: annotations are added to those that are there. */
function changed(check: Record<string, unknown>, json: Record<string, unknown>): Record<string, unknown> {
  const { output, ...rest } = json as { output?: { annotations?: unknown[] } };
  const annotations = [...(check.annotations as unknown[]), ...(output?.annotations ?? [])];
  return Object.assign(check, rest, { annotations, output: { ...output, annotations_count: annotations.length } });
}
