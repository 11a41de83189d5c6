import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An answer of the API: by path with its query; a number is a status. */
export type ApiAnswers = Record<string, unknown>;

/** GitHub's API, as far as a test makes it: JSON by path, with ETags; whoever has no token gets 401. */
export interface GithubApi extends AsyncDisposable {
  readonly url: string;
  /** `/repos/acme/app/hooks?per_page=100` → what is answered; may be changed. */
  readonly answers: ApiAnswers;
  /** `GET /path -> 304`, in order. */
  readonly asked: string[];
  /** Sent with all answers. */
  readonly headers: Record<string, string>;
  /** Has it ETags? */
  isTagged: boolean;
}

export async function startGithubApi(token: string): Promise<GithubApi> {
  const answers: ApiAnswers = {};
  const asked: string[] = [];
  const headers: Record<string, string> = {};
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const answer = answers[path];
    const text = JSON.stringify(answer);
    const etag = `"${createHash('sha256')
      .update(text ?? '')
      .digest('hex')}"`;
    const own = request.headers['private-token'];
    const said = request.headers.authorization ?? (own === undefined ? '' : `token ${own}`);
    const status = () => {
      if (!/^(?:token|Bearer) /.test(said) || said.replace(/^\w+ /, '') !== token) return 401;
      if (answer === undefined) return 404;
      if (typeof answer === 'number') return answer;
      return api.isTagged && request.headers['if-none-match'] === etag ? 304 : 200;
    };
    const code = status();
    asked.push(`${request.method} ${path} -> ${code}`);
    response.writeHead(code, {
      'content-type': 'application/json',
      ...(api.isTagged ? { etag } : {}),
      ...headers,
    });
    response.end(code === 304 ? undefined : typeof answer === 'number' ? '{"message":"no"}' : text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const api: GithubApi = {
    ...{ url: `http://127.0.0.1:${port}`, answers, asked, headers, isTagged: true },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return api;
}
