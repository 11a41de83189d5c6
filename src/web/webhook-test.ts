import { createHmac, randomUUID } from 'node:crypto';
import { request as ask } from 'node:http';
import { type Request, Router } from 'express';
import { HttpError } from '../support/http-guard.ts';
import { findOr404 } from './api-repositories.ts';
import type { WebContext } from './context.ts';
import { jsonBody } from './input.ts';

/** How long our own door may take to answer, in milliseconds. */
const TIMEOUT_MS = 5_000;

/** By this header the test is told from the ping of a forge. */
export const OWN_AGENT = 'signalbox';

/**
 * What somebody needs who makes a webhook at a forge: its secret, and a try. Both are POST: whoever may not change
 * anything is told neither, since whoever has the secret can make runs begin.
 */
export function webhookTestRoutes(context: WebContext): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.post('/repositories/:repository/webhook-secret', jsonBody, async (request, response) => {
    const { secret } = await findOr404(context, request.params.repository);
    response.json({ secret });
  });
  router.post('/repositories/:repository/webhook-ping', jsonBody, async (request, response) => {
    const { name, secret } = await findOr404(context, request.params.repository);
    const status = await ping(request, name, secret);
    response.json({ status, accepted: status >= 200 && status < 300 });
  });
  return router;
}

/** Sends a signed ping, as GitHub would, to the door of this process; the status of the answer. */
function ping({ socket }: Request, name: string, secret: string): Promise<number> {
  const body = JSON.stringify({ zen: 'a test of Signalbox', repository: { full_name: name } });
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    Host: 'localhost', // the address that is listened on need not be a name of ours
    'User-Agent': OWN_AGENT,
    'X-GitHub-Event': 'ping',
    'X-GitHub-Delivery': randomUUID(),
    'X-Hub-Signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
  const where = { host: socket.localAddress, port: socket.localPort, path: '/webhooks', method: 'POST', headers };
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const sent = ask({ ...where, signal }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', (cause) => {
      const message = `our own door for webhooks did not answer (${cause.message}); look whether the observer runs`;
      reject(new HttpError(502, 'E_WEBHOOK_TEST', message, { cause }));
    });
    sent.end(body);
  });
}
