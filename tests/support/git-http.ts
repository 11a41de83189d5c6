import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A git server with basic authentication: the real `git http-backend` behind HTTP. */
export interface GitHttp extends AsyncDisposable {
  /** `http://127.0.0.1:1234`; repositories are by their folder below `root`. */
  readonly url: string;
  /** The `Authorization` of each request, null where there was none. */
  readonly seen: (string | null)[];
  /** Lines of processes, and environments, that held `look` while a request was answered. */
  readonly leaks: string[];
}

interface GitHttpWishes {
  /** Folder with the repositories. */
  readonly root: string;
  /** `user:password`, or who says whether one is right; absent: everybody is let in. */
  readonly account?: string | ((account: string) => boolean);
  /** What must be in no list of processes. */
  readonly look?: string;
  /** Sends everybody there instead. */
  readonly redirect?: string;
}

const BACKEND = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend');

export async function startGitHttp(wishes: GitHttpWishes): Promise<GitHttp> {
  const seen: (string | null)[] = [];
  const leaks: string[] = [];
  const server = createServer((request, response) => {
    const said = request.headers.authorization ?? null;
    seen.push(said);
    if (wishes.look !== undefined) leaks.push(...whoHolds(wishes.look));
    if (wishes.redirect !== undefined)
      return void response.writeHead(302, { location: wishes.redirect + request.url }).end();
    if (!isLetIn(wishes.account, said))
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('who are you?');
    serve(request, response, wishes.root);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}`, seen, leaks },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function isLetIn(account: GitHttpWishes['account'], said: string | null): boolean {
  if (account === undefined) return true;
  const given = Buffer.from(said?.replace(/^Basic /, '') ?? '', 'base64').toString('utf8');
  return typeof account === 'string' ? given === account : account(given);
}

/** CGI, as far as git needs it. */
function serve(request: IncomingMessage, response: ServerResponse, root: string): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn(BACKEND, {
    env: {
      ...{ PATH: process.env.PATH, GIT_PROJECT_ROOT: root, GIT_HTTP_EXPORT_ALL: '1', PATH_INFO: pathname },
      ...{ QUERY_STRING: search.slice(1), REQUEST_METHOD: request.method ?? 'GET', REMOTE_USER: 'somebody' },
      ...{
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      },
      ...{ HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '', GIT_CONFIG_GLOBAL: '/dev/null' },
      ...{ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' },
    },
  });
  request.pipe(child.stdin).on('error', () => {});
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.on('close', () => {
    const output = Buffer.concat(chunks);
    const end = output.indexOf('\r\n\r\n');
    const headers = output
      .subarray(0, end)
      .toString('latin1')
      .split('\r\n')
      .map((line) => line.split(': '));
    const status = headers.find(([name]) => name === 'Status')?.[1];
    response.writeHead(status === undefined ? 200 : Number.parseInt(status, 10), Object.fromEntries(headers));
    response.end(output.subarray(end + 4));
  });
}

/** What every process of this user can see of the others: their arguments and environments. */
function whoHolds(look: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) =>
      ['cmdline', 'environ'].flatMap((what) => {
        try {
          const text = readFileSync(`/proc/${pid}/${what}`, 'latin1').replaceAll('\0', ' ');
          return text.includes(look) ? [`${what}: ${text.slice(0, 300)}`] : [];
        } catch {
          return [];
        }
      }),
    );
}
