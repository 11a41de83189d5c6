import { spawn } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import autocannon from 'autocannon';
import { print } from './report.ts';
import { git, makeRepository } from './repository.ts';
import { type Places, scratch, startServer } from './server.ts';

const SECONDS = 4;

/** Signed pushes accepted and durable, against express, the signature and grouped commits alone. */
export async function benchWebhooks(places: Places): Promise<void> {
  const folder = await scratch();
  const server = await startServer(places, ['--runners', '0']);
  const path = join(folder, 'app');
  await makeRepository(path, { readme: 'x' });
  await server.cli('install-hook', path);
  const secret = (await readFile(join(path, '.git/signalbox/secret'), 'utf8')).trim();
  const sha = await git(path, 'rev-parse', 'HEAD');
  const push = { ref: 'refs/heads/main', before: sha, after: sha, repository: { full_name: 'local/app' } };
  // GitHub's pushes are about 7 kB
  const body = JSON.stringify({ ...push, filler: 'x'.repeat(6_800) });
  const floor = await startFloor(places, join(folder, 'floor.db'), secret);
  try {
    for (const connections of [1, 16, 64]) {
      const bare = await load(`${floor.http}/webhooks`, connections, body, secret);
      const ours = await load(`${server.http}/webhooks`, connections, body, secret);
      print({
        name: `signed webhooks accepted and durable, ${connections} connection${connections > 1 ? 's' : ''}`,
        value: ours.rate,
        floor: bare.rate,
        unit: 'requests/s',
        bound: { atLeast: 0.7 },
      });
      print({
        name: `  the slowest of a hundred, ${connections} connection${connections > 1 ? 's' : ''}`,
        value: ours.p99,
        unit: 'ms',
        bound: { atMost: 100 },
        note: `floor's ${bare.p99} ms; answers that were not 202: ${ours.bad} of ${ours.total}`,
      });
    }
  } finally {
    floor.stop();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function load(url: string, connections: number, body: string, secret: string) {
  const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  const headers = { 'content-type': 'application/json', 'x-github-event': 'push', 'x-hub-signature-256': signature };
  const result = await autocannon({
    url,
    connections,
    duration: SECONDS,
    method: 'POST',
    body,
    headers,
    requests: [
      {
        setupRequest: (request) => ({ ...request, headers: { ...request.headers, 'x-github-delivery': randomUUID() } }),
      },
    ],
  });
  const bad = result.non2xx + result.errors + result.timeouts;
  return { rate: result.requests.average, p99: result.latency.p99, bad, total: result.requests.total };
}

async function startFloor(places: Places, path: string, secret: string) {
  const child = spawn(process.execPath, [join(places.bench, 'floor-webhooks.mjs'), path, secret], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(child.stdout))
    return { http: String(JSON.parse(line).http), stop: () => child.kill() };
  throw new Error('the floor did not start');
}
