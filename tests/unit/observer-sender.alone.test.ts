import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Webhooks } from '@octokit/webhooks';
import nock from 'nock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NotTakenError, Sender } from '../../src/hooks/sender.ts';
import type { Push } from '../../src/model/push.ts';

const DOOR = 'http://127.0.0.1:8080';
const push: Push = {
  repository: 'local/app',
  ref: 'refs/heads/a "quoted" ä',
  before: '0'.repeat(40),
  after: 'a'.repeat(40),
  trigger: 'watch',
};
let sender: Sender;

beforeEach(() => {
  nock.disableNetConnect();
  sender = new Sender({ webhooksUrl: () => `${DOOR}/webhooks` });
});

/** A server that takes connections and never says a word. */
async function muteServer(): Promise<AsyncDisposable & { readonly url: string }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

afterEach(() => {
  sender.close();
  nock.cleanAll();
  nock.restore();
  nock.activate();
});

test('what the watcher sees is posted as the hook would post it: signed, with an id of its own', async () => {
  const seen: { body: string; headers: Record<string, string> }[] = [];
  nock(DOOR)
    .post('/webhooks')
    .times(2)
    .reply(function (_, body) {
      seen.push({ body: JSON.stringify(body), headers: this.req.headers as never });
      return [202, { delivery: 'x' }];
    });
  await sender.post(push, 'secret', 'local');
  await sender.post(push, 'secret', 'local');
  const [first, second] = seen;
  expect(JSON.parse(first?.body ?? '')).toMatchObject({ ref: push.ref, repository: { full_name: 'local/app' } });
  expect(first?.headers).toMatchObject({ 'x-github-event': 'push', 'x-signalbox-trigger': 'watch' });
  const signature = String(first?.headers['x-hub-signature-256']);
  expect(await new Webhooks({ secret: 'secret' }).verify(first?.body ?? '', signature)).toBe(true);
  expect(first?.headers['x-github-delivery']).not.toEqual(second?.headers['x-github-delivery']);
});

test('a delivery that is held already is as good as one that was taken', async () => {
  nock(DOOR).post('/webhooks').reply(200, {});
  await expect(sender.post(push, 'secret', 'local')).resolves.toBeUndefined();
});

test.each([401, 429, 500, 503])('the answer %i is an error that says so', async (status) => {
  nock(DOOR).post('/webhooks').reply(status, 'no');
  await expect(sender.post(push, 'secret', 'local')).rejects.toThrow(`could not be journaled (HTTP status ${status})`);
});

test('an answer that does not come is waited for no longer than the bound', async () => {
  nock.enableNetConnect('127.0.0.1'); // nock has no sockets that could be silent
  await using mute = await muteServer();
  const patient = new Sender({ webhooksUrl: () => `${mute.url}/webhooks`, timeoutMs: 50 });
  await expect(patient.post(push, 'secret', 'local')).rejects.toThrow('no answer within 50 ms');
  patient.close();
});

test('a connection that breaks is an error with its cause', async () => {
  nock(DOOR).post('/webhooks').replyWithError('socket hang up');
  const error = await sender.post(push, 'secret', 'local').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(NotTakenError);
  expect(error).toMatchObject({ code: 'E_PUSH_NOT_TAKEN', cause: { message: 'socket hang up' } });
});
