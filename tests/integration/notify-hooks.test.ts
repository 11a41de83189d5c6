import { createHmac } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GiveUpError, RetryLaterError, type Sending, SinkDownError } from '../../src/reporter/message.ts';
import { isForbidden } from '../../src/reporter/notify/forbidden-address.ts';
import { HookSink } from '../../src/reporter/notify/hook-sink.ts';
import { postJson } from '../../src/reporter/notify/post-json.ts';
import { type HookTarget, hookSink } from '../../src/reporter/notify/targets.ts';
import { notice } from '../support/notice.ts';
import { startSilentServer } from '../support/smtp.ts';
import { tempDir } from '../support/temp.ts';

interface Post {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A real HTTP server that keeps what is posted, and answers as it is told to. */
async function startHook(
  answer: { status: number; headers?: Record<string, string>; body?: string } = { status: 200 },
) {
  const posts: Post[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    request.on('end', () => {
      posts.push({ path: request.url ?? '', headers: request.headers, text });
      response.writeHead(answer.status, answer.headers).end(answer.body ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/SECRET`;
  return {
    ...{ posts, url },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function post(target: HookTarget, key = '17.1.broken', signal = new AbortController().signal): Promise<void> {
  const sink = hookSink(target);
  const sending: Sending = { sink, key, attempt: 1, composedAt: new Date(0), more: [], signal };
  const body = { to: null, notice: notice(), why: 'A rule.', thread: '17.1', isFirst: true };
  return new HookSink(new Map([[sink, target]])).send(body, sending);
}

test.each(['slack', 'mattermost', 'discord', 'teams'] as const)(
  '%s gets its JSON at the configured address',
  async (kind) => {
    await using hook = await startHook();
    await post({ kind, address: { url: hook.url } });
    expect(hook.posts[0]).toMatchObject({ path: '/services/SECRET', headers: { 'content-type': 'application/json' } });
    expect(JSON.stringify(JSON.parse(hook.posts[0]?.text ?? ''))).toContain('acme/shop');
  },
);

describe('a generic webhook', () => {
  test('is signed over its bytes, and a repetition carries the same delivery', async () => {
    await using dir = await tempDir();
    await using hook = await startHook({ status: 204 });
    const secretFile = join(dir.path, 'secret');
    await writeFile(secretFile, 'hush\n');
    const target: HookTarget = { kind: 'webhook', address: { url: hook.url }, secretFile };
    await post(target);
    await post(target);
    await post(target, '18.1.fixed');
    const [first, again, other] = hook.posts;
    const signature = createHmac('sha256', 'hush')
      .update(first?.text ?? '')
      .digest('hex');
    expect(first?.headers['x-signalbox-signature-256']).toBe(`sha256=${signature}`);
    expect(first?.headers['x-signalbox-event']).toBe('broken');
    expect(first?.headers['x-signalbox-delivery']).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(again?.headers['x-signalbox-delivery']).toBe(first?.headers['x-signalbox-delivery']);
    expect(other?.headers['x-signalbox-delivery']).not.toBe(first?.headers['x-signalbox-delivery']);
  });

  test('is not sent unsigned where its secret cannot be read', async () => {
    await using hook = await startHook();
    const sent = post({ kind: 'webhook', address: { url: hook.url }, secretFile: '/nowhere/secret' });
    await expect(sent).rejects.toThrow(/secret_file: .*nowhere/);
    expect(hook.posts).toEqual([]);
  });

  test('may have its address in a file', async () => {
    await using dir = await tempDir();
    await using hook = await startHook();
    await writeFile(join(dir.path, 'url'), `${hook.url}\n`);
    await post({ kind: 'slack', address: { file: join(dir.path, 'url') } });
    expect(hook.posts).toHaveLength(1);
  });
});

describe('an answer', () => {
  test.each([
    [400, GiveUpError, 'invalid_payload'],
    [404, SinkDownError, 'no_service'],
    [500, RetryLaterError, 'oops'],
    [302, SinkDownError, ''],
  ])('of %d means what it should, in words without the address', async (status, outcome, body) => {
    await using hook = await startHook({ status, body, headers: { location: 'http://169.254.169.254/' } });
    const error = await post({ kind: 'slack', address: { url: hook.url } }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(outcome);
    expect(String(error)).toContain(`answered ${status}${body === '' ? '' : `: ${body}`}`);
    expect(String(error)).not.toContain('SECRET');
    expect(hook.posts).toHaveLength(1); // a redirect is not followed
  });

  test('of 429 waits as long as it asks for', async () => {
    await using hook = await startHook({ status: 429, headers: { 'retry-after': '7' }, body: '{}' });
    await expect(post({ kind: 'discord', address: { url: hook.url } })).rejects.toMatchObject({ afterMs: 7_000 });
  });

  test('that is a page of HTML is called so', async () => {
    await using hook = await startHook({ status: 502, body: '<!doctype html><h1>Bad gateway' });
    await expect(post({ kind: 'slack', address: { url: hook.url } })).rejects.toThrow(/answered 502: a page of HTML/);
  });

  test('that never comes is waited for only so long', async () => {
    await using server = await startSilentServer();
    const { signal } = new AbortController();
    const url = new URL(`http://127.0.0.1:${server.port}/SECRET`);
    const sent = postJson(url, '{}', { headers: {}, signal, timeoutMs: 100 });
    await expect(sent).rejects.toThrow(/did not answer within 0\.1 s/);
  });
});

test('a name that leads to an address of the cloud is refused; the same address as a number is meant', () => {
  for (const address of ['169.254.169.254', 'fe80::1', '::ffff:169.254.169.254', 'fd00:ec2::254', '100.100.100.200'])
    expect(isForbidden(address), address).toBe(true);
  for (const address of ['127.0.0.1', '::1', '10.0.0.8', '192.168.1.5', '93.184.216.34', 'fd00::1'])
    expect(isForbidden(address), address).toBe(false);
});
