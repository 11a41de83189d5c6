import type { IncomingMessage, ServerResponse } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { killGit, startGit } from './git.ts';

/** A repository that is served. */
export interface ServedRepository {
  readonly gitDir: string;
  /** Object folders to serve from beside the repository's own. */
  readonly objects?: readonly string[];
}

const SERVICE = 'git-upload-pack';
/** What a client says it has and wants; a hundred thousand commits fit. */
const MAX_REQUEST_BYTES = 10 * 1024 * 1024;
const SERVE_MS = 15 * 60_000;
/** Any commit can be asked for by its id: a queued one may be on no branch any more. Nothing is ever written. */
const SETTINGS = ['-c', 'uploadpack.allowAnySHA1InWant=true', '-c', 'uploadpack.allowFilter=true'];

/**
 * Answers what `git fetch` asks over HTTP, read-only: `…/info/refs?service=git-upload-pack` and `…/git-upload-pack`.
 * Whether the client may ask is for the caller to say before. Never throws; resolves when the answer has been sent.
 */
export async function serveUploadPack(
  request: IncomingMessage,
  response: ServerResponse,
  repository: ServedRepository,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const isAdvertisement = request.method === 'GET' && pathname.endsWith('/info/refs');
  const isFetch = request.method === 'POST' && pathname.endsWith(`/${SERVICE}`);
  if (isAdvertisement && searchParams.get('service') !== SERVICE)
    return refuse(response, 403, 'only fetching is possible');
  if (isAdvertisement) return advertise(request, response, repository);
  if (!isFetch) return refuse(response, 404, 'there is nothing here');
  if (request.headers['content-type'] !== `application/x-${SERVICE}-request`)
    return refuse(response, 415, 'not a request of git');
  return answer(request, response, repository, []);
}

/** The ticket of a lease that a client shows as its password; undefined if it shows none. */
export function ticketOf(request: IncomingMessage): string | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]{1,1000})$/i.exec(request.headers.authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : undefined;
}

async function advertise(
  request: IncomingMessage,
  response: ServerResponse,
  repository: ServedRepository,
): Promise<void> {
  const head = isVersion2(request) ? '' : `${packet(`# service=${SERVICE}\n`)}0000`;
  return answer(request, response, repository, ['--advertise-refs'], head);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { gitDir, objects = [] }: ServedRepository,
  flags: readonly string[],
  head = '',
): Promise<void> {
  const env = isVersion2(request) ? { GIT_PROTOCOL: 'version=2' } : {};
  const args = [...SETTINGS, 'upload-pack', '--strict', '--stateless-rpc', ...flags, gitDir];
  const child = startGit(args, { objects, env });
  const stop = () => killGit(child);
  const timer = setTimeout(stop, SERVE_MS);
  response.on('close', stop); // also when the client has gone away
  child.on('error', () => refuse(response, 500, 'git could not be started'));
  child.stderr?.resume();
  try {
    if (child.stdin === null || child.stdout === null) return refuse(response, 500, 'git could not be started');
    begin(response, flags.length > 0 ? 'advertisement' : 'result', head);
    await Promise.all([feed(request, child.stdin), pipeline(child.stdout, response)]);
  } catch {
    response.destroy(); // the client sees that it was cut, and tries again
  } finally {
    clearTimeout(timer);
    stop();
  }
}

function begin(response: ServerResponse, kind: 'advertisement' | 'result', head: string): void {
  response.writeHead(200, { 'content-type': `application/x-${SERVICE}-${kind}`, 'cache-control': 'no-cache' });
  if (head !== '') response.write(head);
}

async function feed(request: IncomingMessage, stdin: NodeJS.WritableStream): Promise<void> {
  if (request.method !== 'POST') {
    stdin.end();
    return;
  }
  const isZipped = /^(?:x-)?gzip$/.test(request.headers['content-encoding'] ?? '');
  const unzip = isZipped ? [createGunzip()] : [];
  await pipeline([request, ...unzip, limit(MAX_REQUEST_BYTES), stdin]).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error; // git had read all that it needed
  });
}

/** Ends a stream that is longer than it may be, also when it is so only unzipped. */
function limit(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) done(new Error(`a request of more than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
}

function refuse(response: ServerResponse, status: number, why: string): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { 'content-type': 'text/plain' }).end(`${why}\n`);
}

function isVersion2(request: IncomingMessage): boolean {
  return /(?:^|:)version=2(?:$|:)/.test(String(request.headers['git-protocol'] ?? ''));
}

function packet(text: string): string {
  return (text.length + 4).toString(16).padStart(4, '0') + text;
}
