import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import express from 'express';
import { expect, test } from 'vitest';
import { ask } from '../support/ask.ts';
import { EventReader } from '../support/sse.ts';
import { newRepository } from '../support/store.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWeb, TOKEN } from '../support/web.ts';

const NAME = 'ci.example.org';
const HOST = { host: NAME };

function isThere(program: string): boolean {
  try {
    execFileSync(program, ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The example as it is, but for its ports and its certificate. */
function exampleOf(port: number, upstream: number): string {
  const example = readFileSync(join(import.meta.dirname, '..', '..', 'deploy', 'proxy', 'nginx.conf'), 'utf8');
  const parts = example.split(/^(?=server \{)/m);
  const tls = parts.at(-1) ?? '';
  const plain = tls
    .replace(/^ {2}listen \[::\].*\n/m, '')
    .replace(/listen 443 ssl http2;/, `listen 127.0.0.1:${port};`)
    .replace(/^ {2}ssl_.*\n/gm, '');
  return `${parts[0]?.replace('127.0.0.1:8080', `127.0.0.1:${upstream}`)}${plain}`;
}

async function startNginx(folder: string, port: number, upstream: number): Promise<ChildProcess> {
  const file = join(folder, 'nginx.conf');
  await mkdir(join(folder, 'tmp'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (one) => `${one}_temp_path ${folder}/tmp/${one};`,
  );
  const http = `http { access_log off; ${temporary.join(' ')}\n${exampleOf(port, upstream)}}`;
  const head = `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/errors; events {}\n`;
  await writeFile(file, `${head}${http}\n`);
  execFileSync('nginx', ['-t', '-q', '-c', file, '-e', join(folder, 'errors')], { stdio: 'inherit' });
  return spawn('nginx', ['-c', file, '-e', join(folder, 'errors')], { stdio: 'inherit' });
}

test('the nginx example passes on the page, deliveries and event streams, and lets nobody in who has no credentials', async (context) => {
  if (!isThere('nginx')) context.skip('there is no nginx on this machine');
  await using dir = await tempDir('signalbox-proxy-');
  const deliveries = express.Router();
  deliveries.post('/webhooks', express.raw({ type: () => true, limit: '25mb' }), (request, response) => {
    response.status(202).json({ bytes: request.body.length });
  });
  await using web = await startWeb({ publicUrl: `https://${NAME}`, routers: [deliveries] });
  const port = await freePort();
  const nginx = await startNginx(dir.path, port, web.http.address.port);
  try {
    await waitFor('nginx answers', () =>
      ask(port, { path: '/healthz', headers: HOST }).then(
        () => true,
        () => false,
      ),
    );
    const authorization = `Bearer ${TOKEN}`;
    expect((await ask(port, { path: '/api/runs', headers: HOST })).status).toBe(401);
    expect((await ask(port, { path: '/', headers: HOST })).status).toBe(401);
    const page = await ask(port, { path: '/', headers: { ...HOST, authorization } });
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    const body = 'x'.repeat(24 * 1024 * 1024);
    const delivery = await ask(port, { method: 'POST', path: '/webhooks', headers: HOST, body });
    expect(delivery.json()).toEqual({ bytes: body.length });
    // what happens is seen at once, on a stream that stays open
    using events = new EventReader(port, '/api/events', { ...HOST, authorization });
    expect((await events.answer).statusCode).toBe(200);
    await events.next();
    await web.store.addRepository(newRepository(), web.clock.now());
    expect((await events.next())?.data).toMatchObject({ type: 'repository.added' });
    const origin = { ...HOST, authorization, 'content-type': 'application/json' };
    const asked = (more: object) =>
      ask(port, { method: 'POST', path: '/api/login-links', headers: { ...origin, ...more } });
    expect((await asked({ origin: `https://${NAME}` })).json()).toMatchObject({
      url: expect.stringContaining(`https://${NAME}/login`),
    });
    expect((await asked({ origin: 'https://evil.example' })).status).toBe(403);
  } finally {
    nginx.kill('SIGKILL');
  }
});
