import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What came in. */
export interface ForgeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly json: Record<string, unknown>;
}

/** What a forge answers; `hang`: nothing, for ever. */
export type ForgeAnswer =
  | 'hang'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown };

/** A real HTTP server that plays a forge's API. */
export interface FakeForge extends AsyncDisposable {
  readonly url: string;
  readonly requests: ForgeRequest[];
  /** What comes next, in order; after that: `answer`. */
  readonly next: ForgeAnswer[];
  answer: ForgeAnswer;
  /** Asked first; undefined: as above. */
  onRequest: ((request: ForgeRequest) => ForgeAnswer | undefined) | undefined;
}

/** Starts one on a free port. */
export async function startForge(): Promise<FakeForge> {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const text = Buffer.concat(parts).toString('utf8');
    const { method = '', url = '', headers } = request;
    const got = { method, path: url, headers, json: text === '' ? {} : JSON.parse(text) };
    forge.requests.push(got);
    const answer = forge.onRequest?.(got) ?? forge.next.shift() ?? forge.answer;
    if (answer === 'hang') return;
    const isText = typeof answer.body === 'string';
    const type = { 'content-type': isText ? 'text/html' : 'application/json; charset=utf-8' };
    const isEmpty = answer.status === 204;
    response.writeHead(answer.status, { ...(isEmpty ? {} : type), ...answer.headers });
    response.end(isEmpty ? undefined : isText ? answer.body : JSON.stringify(answer.body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const forge: FakeForge = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    next: [],
    answer: { status: 201, body: { id: 1 } },
    onRequest: undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return forge;
}
