import { isAbsolute } from 'node:path';
import { Observer } from '../hooks/observer.ts';
import { hostPort } from '../support/host-port.ts';
import { Credentials } from '../support/http-credentials.ts';
import { createHttpServer } from '../support/http-server.ts';
import { Metrics } from '../web/metrics.ts';
import { appTokens } from './app-tokens.ts';
import { OBSERVER_ADDRESS, observerLockPath } from './connect.ts';
import type { Invocation } from './context.ts';
import { dispatcherFor } from './dispatcher-for.ts';
import { removeAddress, writeAddress } from './home.ts';
import { HTTP_FLAG, listening } from './listen.ts';
import { appSecretOf, letThrough, observerApp, retentionOf } from './observer-app.ts';
import { renewHooks } from './renew-hooks.ts';
import { type RunningServer, type ServerKit, serve } from './serve.ts';
import { webhooksUrl } from './server-url.ts';

/** Port of the observer's doors when it runs alone, beside the page of the dispatcher. */
const PORT = 8081;

/** `signalbox observer`. */
export function run(invocation: Invocation): Promise<number> {
  return serve({
    invocation,
    httpPort: PORT,
    locks: (home) => [observerLockPath(home)],
    addressFile: OBSERVER_ADDRESS,
    start,
  });
}

async function start(kit: ServerKit): Promise<RunningServer> {
  const { config, logger, clock, parts, token } = kit;
  const { home } = config;
  let http = '';
  const log = logger.child({ component: 'observer' });
  const observer = new Observer({
    ...{ home, clock, token: () => token, logger: log, poll: config.poll, forges: config.forges },
    authorize: letThrough,
    retention: retentionOf(config),
    appSecret: () => appSecretOf(home, logger),
    makeToken: appTokens(home),
    dispatcher: () => dispatcherFor(config),
    webhooksUrl: () => webhooksUrl(http),
  });
  const metrics = new Metrics({ home, clock, logger: log, deliveriesWaiting: () => observer.waiting });
  parts.defer(async () => metrics.close());
  const credentials = new Credentials(token);
  const health = { clock, config, store: { check: () => observer.check() } };
  const app = observerApp({ config, credentials, logger: log, router: observer.router, metrics, health });
  const server = await listening(config.http, HTTP_FLAG, () => createHttpServer(app, config.http));
  parts.defer(() => server.close());
  http = server.url;
  await parts.start(observer);
  const hooked = observer.repositories.flatMap(({ sources, secret }) =>
    sources.filter(isAbsolute).map((folder) => ({ folder, secret })),
  );
  await renewHooks(hooked, webhooksUrl(http), log);
  await writeAddress(home, { http, dispatcher: hostPort(config.dispatcher), pid: process.pid }, OBSERVER_ADDRESS);
  parts.defer(() => removeAddress(home, OBSERVER_ADDRESS));
  return { ready: { http }, drain: () => observer.stop() };
}
