import { fileURLToPath } from 'node:url';
import { Observer } from '../hooks/observer.ts';
import { parseHostPort } from '../support/host-port.ts';
import type { DeliveriesReader } from '../web/deliveries-reader.ts';
import { loginLink } from '../web/login.ts';
import { addConfigured } from './add-configured.ts';
import { announceVerdicts } from './announce.ts';
import { appTokens } from './app-tokens.ts';
import { homeLockPath, OBSERVER_ADDRESS, observerLockPath } from './connect.ts';
import type { Invocation } from './context.ts';
import { type DispatcherRole, startDispatcher, startWeb } from './dispatcher-role.ts';
import { removeAddress, writeAddress } from './home.ts';
import { appSecretOf, letThrough, retentionOf } from './observer-app.ts';
import { renewHooks } from './renew-hooks.ts';
import { reporterLockPath } from './reporter.ts';
import { reporterOf } from './reporter-role.ts';
import { RunnerProcesses } from './runner-processes.ts';
import { type RunningServer, type ServerKit, serve } from './serve.ts';
import { webhooksUrl } from './server-url.ts';
import { showSample } from './show-sample.ts';

/** `signalbox up`. */
export function run(invocation: Invocation<{ readonly sample?: boolean }>): Promise<number> {
  return serve({
    invocation,
    locks: (home) => [homeLockPath(home), observerLockPath(home), reporterLockPath(home)],
    addressFile: 'address.json',
    start: (kit) => startAll(kit, invocation),
  });
}

/** Observer, dispatcher and page in this process, on one port; runners as its children. */
async function startAll(
  kit: ServerKit,
  { options }: Invocation<{ readonly sample?: boolean }>,
): Promise<RunningServer> {
  const { config, parts, clock, logger } = kit;
  const { home } = config;
  let http = '';
  const measured = { deliveriesWaiting: () => observer.waiting };
  const role = await startDispatcher(kit, () => http, measured);
  const { dispatcher } = role;
  const observer: Observer = new Observer({
    ...{ home, clock, token: () => kit.token, poll: config.poll, forges: config.forges },
    authorize: letThrough,
    retention: retentionOf(config),
    appSecret: () => appSecretOf(home, logger),
    makeToken: appTokens(home),
    pageUrl: () => config.publicUrl?.replace(/\/+$/, '') ?? http,
    logger: logger.child({ component: 'observer' }),
    dispatcher: async () => parseHostPort(dispatcher.address),
    webhooksUrl: () => webhooksUrl(http),
  });
  const server = await startWeb(kit, { ...role.web, routers: [observer.router], deliveries: readerOf(observer) });
  http = server.url;
  // before the observer, so that a new reporter follows the events before there are any
  await parts.start(reporterOf(kit, async () => http));
  await parts.start(observer);
  await removeAddress(home, OBSERVER_ADDRESS);
  await writeAddress(home, { http, dispatcher: dispatcher.address, pid: process.pid });
  parts.defer(() => removeAddress(home));
  const known = await role.web.store.repositories();
  await renewHooks(
    known.flatMap(({ gitDir, secret }) => (gitDir === null ? [] : { folder: gitDir, secret })),
    webhooksUrl(http),
    logger,
  );
  const runners = await parts.start(runnersOf(kit));
  return {
    ready: { http, dispatcher: dispatcher.address },
    // the dispatcher gives nothing new away, each runner leaves when its last result was taken
    drain: async () => {
      await Promise.all([dispatcher.drainAll(), runners.drain()]);
    },
    afterReady: async () => {
      if (!options.json) greet(kit, role, http);
      await addConfigured(kit, role.registry);
      if (options.sample !== false) await showSample(kit, role, http, options.json === true);
      if (kit.context.terminal.isInteractive && !options.json) await announceVerdicts(kit, role);
    },
  };
}

function readerOf(observer: Observer): DeliveriesReader {
  return {
    list: (filter) => observer.deliveries(filter),
    refused: () => observer.refused,
    find: (id) => observer.delivery(id),
  };
}

function runnersOf({ config, clock, logger, logFormat }: ServerKit): RunnerProcesses {
  return new RunnerProcesses({
    home: config.home,
    names: Array.from({ length: config.runners }, (_, index) => `local-${index + 1}`),
    entry: fileURLToPath(new URL('./runner-entry.mjs', import.meta.url)),
    logLevel: config.logLevel,
    ...{ logFormat, clock, logger: logger.child({ component: 'runners' }) },
  });
}

/** What a person at a terminal wants to know next. */
function greet({ config, context }: ServerKit, { credentials }: DispatcherRole, http: string): void {
  const { terminal } = context;
  if (!terminal.isInteractive) return;
  terminal.line(`  page  ${loginLink(config.publicUrl ?? http, credentials)}  (lets one browser in, once)`);
  terminal.line(`  home  ${config.home}`);
}
