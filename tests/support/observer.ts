import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Webhooks } from '@octokit/webhooks';
import express from 'express';
import { type DestinationStream, pino } from 'pino';
import { readRefs } from '../../src/git/refs.ts';
import { Observer, type ObserverOptions } from '../../src/hooks/observer.ts';
import { NO_COMMIT } from '../../src/model/push.ts';
import type { WireRepository } from '../../src/protocol/wire-repository.ts';
import { systemClock } from '../../src/support/clock.ts';
import { createHttpServer, type HttpServer } from '../../src/support/http-server.ts';
import { FakeDispatchDoor } from './fake-dispatch-door.ts';
import type { TestRepository } from './repository.ts';
import { tempDir } from './temp.ts';
import { waitFor } from './wait-for.ts';

export const SECRET = 'the secret of the repository';

/** What a test changes; the poller looks once an hour unless it says otherwise. */
export type TestObserverOptions = Partial<ObserverOptions> & {
  readonly repositories?: readonly WireRepository[];
};

/** An observer behind a real HTTP server, with a fake dispatcher. */
export interface TestObserver extends AsyncDisposable {
  readonly observer: Observer;
  readonly door: FakeDispatchDoor;
  readonly url: string;
  readonly home: string;
  /** What it logged, as objects. */
  readonly logs: Record<string, unknown>[];
  /** A signed push, as a forge sends it. */
  push(body: Partial<PushBody>, headers?: Record<string, string>): Promise<Response>;
  /** Any post. */
  post(body: string | Buffer, headers: Record<string, string>): Promise<Response>;
  get(path: string): Promise<unknown>;
  /** Stops it and starts another on the same files. */
  restart(): Promise<void>;
}

export interface PushBody {
  ref: string;
  before: string;
  after: string;
  repository: { full_name: string };
}

/** A repository as the dispatcher tells of it; its refs as they are now are the baseline. */
export async function wireRepository(
  repository: Pick<TestRepository, 'path'>,
  more: Partial<WireRepository> = {},
): Promise<WireRepository> {
  const refs = await readRefs(join(repository.path, '.git'));
  return {
    id: 1,
    name: 'local/app',
    sources: [repository.path],
    secret: SECRET,
    policy: 'each',
    maxCommits: 250,
    baseline: Object.fromEntries(refs),
    pollSeconds: null,
    ...more,
  };
}

export async function sign(body: string | Buffer, secret = SECRET): Promise<string> {
  return new Webhooks({ secret }).sign(body.toString());
}

/** Starts an observer; it is ready when it knows its repositories. */
export async function startObserver(options: TestObserverOptions = {}): Promise<TestObserver> {
  const { repositories = [], ...rest } = options;
  const dir = await tempDir('signalbox-observer-');
  const door = await FakeDispatchDoor.start(repositories);
  const logs: Record<string, unknown>[] = [];
  const sink: DestinationStream = { write: (line: string) => void logs.push(JSON.parse(line)) };
  let server: HttpServer | undefined;
  const make = () =>
    new Observer({
      home: dir.path,
      dispatcher: door.address,
      token: () => 'the token of the home',
      clock: systemClock,
      logger: pino({ level: 'debug' }, sink),
      poll: { localSeconds: 3600, remoteSeconds: 3600 },
      webhooksUrl: () => `${server?.url}/webhooks`,
      authorize: (_request, _response, next) => next(),
      ...rest,
    });
  let observer = make();
  const app = express();
  app.use((request, response, next) => observer.router(request, response, next));
  server = await createHttpServer(app, { host: '127.0.0.1', port: 0 });
  const { url } = server;
  const isKnown = (name: string) => observer.repositories.some((one) => one.name === name);
  const ready = async () => {
    await observer.start();
    await waitFor('the repositories', () => repositories.every(({ name }) => isKnown(name)));
    await waitFor('the first look', () => observer.sources.every(({ state }) => state !== 'starting'));
  };
  await ready();
  const post = (body: string | Buffer, headers: Record<string, string>) =>
    fetch(`${url}/webhooks`, { method: 'POST', body: body as string, headers });
  return {
    get observer() {
      return observer;
    },
    door,
    url,
    home: dir.path,
    logs,
    post,
    async push(body, headers = {}) {
      const text = JSON.stringify({
        ref: 'refs/heads/main',
        before: NO_COMMIT,
        after: NO_COMMIT,
        repository: { full_name: 'local/app' },
        ...body,
      });
      return post(text, { ...pushHeaders(await sign(text)), ...headers });
    },
    async get(path) {
      return (await fetch(`${url}${path}`)).json();
    },
    async restart() {
      await observer.stop();
      observer = make();
      await ready();
    },
    async [Symbol.asyncDispose]() {
      await observer.stop();
      await server?.close();
      await door.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** Headers of a push of GitHub. */
export function pushHeaders(signature: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-github-event': 'push',
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': signature,
  };
}
