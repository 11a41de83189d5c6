import express from 'express';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Credentials } from '../../src/support/http-credentials.ts';
import {
  answerErrors,
  answerNotFound,
  guardAccess,
  guardHost,
  guardOrigin,
  securityHeaders,
} from '../../src/support/http-guard.ts';
import { createHttpServer, type HttpServer, ListenError } from '../../src/support/http-server.ts';
import { createLogger } from '../../src/support/logger.ts';
import { ask } from '../support/ask.ts';

const TOKEN = 'f'.repeat(64);
let http: HttpServer;
let changes = 0;

beforeEach(async () => {
  changes = 0;
  const app = express();
  app.enable('case sensitive routing').enable('strict routing').disable('x-powered-by').set('query parser', 'simple');
  const publicUrl = 'https://ci.example.org';
  app.use(securityHeaders, guardHost({ publicUrl, http: { host: 'FD00::7' } }), guardOrigin({ publicUrl }));
  app.use(guardAccess({ credentials: new Credentials(TOKEN), open: [{ method: 'POST', path: '/webhooks' }] }));
  app.get('/thing', (_request, response) => void response.json({ ok: true }));
  app.post('/webhooks', (_request, response) => void response.status(202).json({}));
  app.all('/change', (_request, response) => {
    changes += 1;
    response.json({});
  });
  app.get('/bug', () => {
    throw new Error('secret detail');
  });
  app.get('/events', (_request, response) => {
    response.set('Content-Type', 'text/event-stream');
    response.write(': hello\n\n');
  });
  app.use(answerNotFound, answerErrors({ logger: createLogger('silent') }));
  http = await createHttpServer(app, { host: '127.0.0.1', port: 0 });
});
afterEach(() => http.close());

test.each([{ 'x-forwarded-for': '203.0.113.7' }, { forwarded: 'for=203.0.113.7' }, { via: '1.1 proxy' }])(
  'whoever comes through a proxy on this machine is not on this machine: %j',
  async (headers) => {
    expect((await ask(http.address.port, { path: '/thing', headers })).status).toBe(401);
    const authorization = `Bearer ${TOKEN}`;
    expect((await ask(http.address.port, { path: '/thing', headers: { ...headers, authorization } })).status).toBe(200);
  },
);

test('for reading the token is also the password of HTTP Basic, for changing it is not', async () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  const status = async (authorization: string, method = 'GET') => {
    const headers = { via: '1.1 proxy', authorization };
    return (await ask(http.address.port, { path: '/thing', method, headers })).status;
  };
  expect(await status(basic(`anybody:${TOKEN}`))).toBe(200);
  expect([await status(basic('anybody:wrong')), await status(basic(TOKEN)), await status('Basic')]).toEqual([
    401, 401, 401,
  ]);
  expect(await status(basic(`anybody:${TOKEN}`), 'POST')).toBe(401);
});

test('feeds ask for a password, pages and the API for a token alone', async () => {
  const waysOf = async (path: string) => {
    const { status, headers } = await ask(http.address.port, { path, headers: { via: '1.1 proxy' } });
    return [status, headers['www-authenticate']];
  };
  expect(await waysOf('/feed.atom?repository=a/b')).toEqual([
    401,
    'Bearer realm="signalbox", Basic realm="signalbox", charset="UTF-8"',
  ]);
  expect(await waysOf('/thing')).toEqual([401, 'Bearer realm="signalbox"']);
});

describe('names', () => {
  test.each(['localhost', '127.0.0.1:1', '[::1]:8080', 'LOCALHOST:3', 'ci.example.org', '[fd00::7]:8080'])(
    '%s is ours',
    async (host) => {
      expect((await ask(http.address.port, { path: '/thing', headers: { host } })).status).toBe(200);
    },
  );

  test.each([
    'evil',
    'evil.example:8080',
    '0.0.0.0',
    'localhost.evil.example',
    'localhost.',
    '127.0.0.1.nip.io',
    'a@127.0.0.1',
    '127.0.0.1:80@evil',
    '2130706433',
    '[::ffff:7f00:1]',
    'localhost/',
    'ci.example.org.evil',
  ])('"%s" is refused', async (host) => {
    const answer = await ask(http.address.port, { path: '/thing', headers: { host } });
    expect(answer.status).toBe(421);
    expect(answer.json()).toMatchObject({ error: { code: 'E_HOST' } });
  });

  test('a request line with another host in it is refused', async () => {
    const answer = await ask(http.address.port, { path: 'http://evil/thing', headers: { host: 'localhost' } });
    expect(answer.status).toBe(400);
  });
});

describe('origins', () => {
  const post = (headers: Record<string, string>) =>
    ask(http.address.port, { method: 'POST', path: '/change', headers: { host: 'localhost:5', ...headers } });

  test.each(['null', 'http://evil', 'http://localhost:3000', 'https://localhost:5', 'http://localhost:5.evil', ''])(
    '"%s" is refused, also with the token and also for reading',
    async (origin) => {
      const headers = { host: 'localhost:5', origin, authorization: `Bearer ${TOKEN}` };
      expect((await post(headers)).status).toBe(403);
      expect((await ask(http.address.port, { path: '/thing', headers })).status).toBe(403);
      expect(changes).toBe(0);
    },
  );

  test.each(['http://localhost:5', 'https://ci.example.org'])('%s is ours', async (origin) => {
    expect((await post({ origin, authorization: `Bearer ${TOKEN}` })).status).toBe(200);
  });
});

describe('what changes something', () => {
  const paths = [
    '/change',
    '//change',
    '/%63hange',
    '/change%2e',
    '/change;x',
    '/change;.jsp',
    '/change.json',
    '/CHANGE',
    '/./change',
    '/x/../change',
    '/change/',
    '/change?_method=GET',
    '/webhooks/../change',
    '/webhooks%2f..%2fchange',
    '/webhooks/',
    '/Webhooks',
    '//webhooks',
    '/webhooks;x',
  ];
  const methods = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'TRACE'];

  test.each(paths)('%s is refused without credentials, by every method', async (path) => {
    for (const method of methods) {
      const headers = { host: 'localhost', 'x-http-method-override': 'GET', 'x-method-override': 'GET' };
      const answer = await ask(http.address.port, { method, path, headers });
      expect([method, answer.status, answer.json()]).toMatchObject([
        method,
        401,
        { error: { code: 'E_UNAUTHORIZED' } },
      ]);
    }
    expect(changes).toBe(0);
  });

  test.each([
    '',
    'Bearer',
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    `Basic ${TOKEN}`,
    `Bearer  x ${TOKEN}`,
    TOKEN,
  ])('the credentials "%s" are refused', async (authorization) => {
    const headers = { host: 'localhost', authorization };
    expect((await ask(http.address.port, { method: 'POST', path: '/change', headers })).status).toBe(401);
  });

  test('a form of a foreign page is refused, whatever cookie comes with it', async () => {
    const cookie = new Credentials(TOKEN).setCookie(false).split(';')[0] ?? '';
    const form = { host: 'localhost', 'content-type': 'application/x-www-form-urlencoded', cookie };
    for (const origin of ['null', 'http://evil', undefined]) {
      const headers = origin === undefined ? form : { ...form, origin };
      const answer = await ask(http.address.port, { method: 'POST', path: '/change', headers, body: 'a=b' });
      expect([401, 403]).toContain(answer.status);
    }
    expect(changes).toBe(0);
  });

  test('the page, with its cookie and its origin, may', async () => {
    const cookie = `other=1; ${new Credentials(TOKEN).setCookie(false).split(';')[0]}`;
    const headers = { host: 'localhost:5', origin: 'http://localhost:5', cookie };
    expect((await ask(http.address.port, { method: 'POST', path: '/change', headers })).status).toBe(200);
  });

  test('a signed webhook needs no token', async () => {
    const headers = { host: 'localhost' };
    expect((await ask(http.address.port, { method: 'POST', path: '/webhooks', headers })).status).toBe(202);
  });
});

test('every answer carries the headers that keep a browser safe', async () => {
  for (const path of ['/thing', '/nothing', '/bug']) {
    const { headers } = await ask(http.address.port, { path });
    expect(headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers['access-control-allow-origin']).toBeUndefined();
  }
});

test('a bug is answered without its details', async () => {
  const answer = await ask(http.address.port, { path: '/bug' });
  expect(answer.status).toBe(500);
  expect(answer.text).not.toContain('secret detail');
});

test('a path that is not there, or cannot be decoded, is answered in JSON', async () => {
  expect((await ask(http.address.port, { path: '/nothing' })).json()).toMatchObject({ error: { code: 'E_NOT_FOUND' } });
  expect((await ask(http.address.port, { path: '/%E0%A4%A' })).json()).toHaveProperty('error.code');
});

test('closing ends event streams and leaves no socket', async () => {
  const stream = await fetch(`${http.url}/events`);
  await http.close();
  expect(await stream.text()).toBe(': hello\n\n');
  expect(await connections()).toBe(0);
});

test('a port that is in use is told with what to do', async () => {
  const second = createHttpServer(() => {}, http.address);
  await expect(second).rejects.toThrow(ListenError);
  await expect(second).rejects.toMatchObject({ code: 'E_PORT_IN_USE' });
});

function connections(): Promise<number> {
  return new Promise((resolve) => http.server.getConnections((_error, count) => resolve(count)));
}
