import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhooks } from '@octokit/webhooks';
import { deferred } from '../../src/support/deferred.ts';

/** The push that a delivery tells of. */
export interface ToldPush {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly repository: { readonly full_name: string };
}

/** What arrived in one POST. */
export interface ToldDelivery {
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
  readonly push: ToldPush;
  /** Whether GitHub's own library takes the signature for good. */
  readonly isVerified: boolean;
}

/** A real HTTP server in the place of the observer. */
export interface HookListener extends AsyncDisposable {
  readonly url: string;
  /** All that arrived so far, in the order of its arrival. */
  readonly deliveries: ToldDelivery[];
  /** Settles when the first delivery is there. */
  readonly first: Promise<void>;
  /** Takes all that arrived, and forgets it. */
  take(): ToldDelivery[];
}

/** Starts one that answers 202 to everything; `isSilent`: one that reads the request and never answers. */
export async function listenForHooks(secret: string, isSilent = false): Promise<HookListener> {
  const webhooks = new Webhooks({ secret });
  const deliveries: ToldDelivery[] = [];
  const first = deferred<void>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const isVerified = await webhooks.verify(body, String(request.headers['x-hub-signature-256']));
    deliveries.push({ headers: request.headers, path: `${request.url}`, push: JSON.parse(body), isVerified });
    first.resolve();
    if (!isSilent) response.writeHead(202).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    deliveries,
    first: first.promise,
    take: () => deliveries.splice(0),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
