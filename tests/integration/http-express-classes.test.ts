import type { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import { expect, test } from 'vitest';
import { createHttpServer } from '../../src/support/http-server.ts';
import { ask } from '../support/ask.ts';

const where = { host: '127.0.0.1', port: 0 };

test('a request and its answer have the prototypes of express before express sees them', async () => {
  const app = express();
  app.get('/', (_request, response) => void response.json({ ok: true }));
  const http = await createHttpServer(app, where);
  const seen: unknown[] = [];
  http.server.prependListener('request', (request: IncomingMessage, response: ServerResponse) =>
    seen.push(Object.getPrototypeOf(request), Object.getPrototypeOf(response)),
  );
  const answer = await ask(http.address.port, { path: '/' });
  await http.close();
  expect(answer.json()).toEqual({ ok: true });
  expect(seen[0]).toBe(app.request);
  expect(seen[1]).toBe(app.response);
});

test('a server needs no express', async () => {
  const http = await createHttpServer((_request, response) => response.end('{}'), where);
  const answer = await ask(http.address.port, { path: '/' });
  await http.close();
  expect(answer.status).toBe(200);
});
