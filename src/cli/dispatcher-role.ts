import { Dispatcher } from '../dispatcher/dispatcher.ts';
import { expanderFor } from '../dispatcher/expander-for.ts';
import type { Registry } from '../dispatcher/registry.ts';
import { personHere } from '../git/person.ts';
import { isHookInstalled } from '../hooks/installed-hook.ts';
import { openLogs } from '../store/open-logs.ts';
import { openStore } from '../store/open-store.ts';
import { Credentials } from '../support/http-credentials.ts';
import { createHttpServer, type HttpServer } from '../support/http-server.ts';
import { createWebApp, type WebOptions } from '../web/app.ts';
import { Metrics } from '../web/metrics.ts';
import type { MetricsOptions } from '../web/metrics-options.ts';
import type { Operations } from '../web/operations.ts';
import { ReporterHeard } from '../web/reporter-heard.ts';
import { appTokens } from './app-tokens.ts';
import { DISPATCHER_FLAG, HTTP_FLAG, listening } from './listen.ts';
import { notificationsFor } from './notify-api.ts';
import type { ServerKit } from './serve.ts';

/** How long after the start pages are rendered for nobody, in milliseconds. */
const WARM_AFTER_MS = 200;

/** Store, dispatcher and what the page and the API need of them: the part that owns `signalbox.db`. */
export interface DispatcherRole {
  readonly dispatcher: Dispatcher;
  readonly registry: Registry;
  readonly credentials: Credentials;
  readonly web: Omit<WebOptions, 'routers'>;
}

/**
 * Opens the store and starts the dispatcher. `page`: where the page will be, once it is there. `measured`: what other
 * parts of the process have that can be measured.
 */
export async function startDispatcher(
  kit: ServerKit,
  page: () => string,
  measured: Partial<MetricsOptions> = {},
): Promise<DispatcherRole> {
  const { config, logger, clock, parts, token } = kit;
  const { home } = config;
  const person = personHere();
  const serverUrl = () => config.publicUrl?.replace(/\/+$/, '') ?? page();
  const store = await openStore({ home, serverUrl, expander: expanderFor(config) });
  parts.defer(() => store.close());
  const onError = (error: unknown) => logger.warn({ err: error }, 'a log could not be packed; it stays as it is');
  const logs = await openLogs({ home, store, onError });
  parts.defer(() => logs.close());
  const dispatcher = new Dispatcher({
    ...{ home, store, logs, config, clock, token, serverUrl },
    makeToken: appTokens(home),
    logger: logger.child({ component: 'dispatcher' }),
    listen: config.dispatcher,
  });
  dispatcher.on('fatal', kit.fatal);
  await listening(config.dispatcher, DISPATCHER_FLAG, () => parts.start(dispatcher));
  const { registry } = dispatcher;
  const credentials = new Credentials(token);
  const operations = operationsOf(dispatcher);
  const log = logger.child({ component: 'web' });
  const reporter = new ReporterHeard();
  const outboxes = () => reporter.outboxes();
  const metrics = new Metrics({ home, clock, logger: log, store, ...measuredOf(dispatcher), outboxes, ...measured });
  parts.defer(async () => metrics.close());
  const notifications = notificationsFor(config, clock, serverUrl);
  const web = { store, logs, operations, config, credentials, clock, logger: log, metrics, reporter, notifications };
  return { dispatcher, registry, credentials, web: { ...web, person: await person } };
}

function measuredOf(dispatcher: Dispatcher): Partial<MetricsOptions> {
  return {
    runners: () => dispatcher.runners(),
    leaseExpiries: () => dispatcher.leaseExpiries,
    removed: () => dispatcher.removed,
    ...(dispatcher.spans === undefined ? {} : { spans: () => dispatcher.spans ?? {} }),
  };
}

function operationsOf(dispatcher: Dispatcher): Operations {
  const { registry, manual } = dispatcher;
  return {
    runners: () => dispatcher.runners(),
    drainRunner: (name) => dispatcher.drain(name),
    resumeRunner: (name) => dispatcher.resume(name),
    addRepository: (input) => registry.add(input),
    removeRepository: (id) => registry.remove(id),
    removeCredential: (id) => registry.removeCredential(id),
    defaultBranchOf: (id) => dispatcher.defaultBranchOf(id)?.ref ?? null,
    schedulesOf: (id) => dispatcher.schedulesOf(id),
    hasHook: isHookInstalled,
    lineOf: (id, sha) => dispatcher.lineOf(id, sha),
    mergesOf: (id, sha) => dispatcher.mergesOf(id, sha),
    changedFiles: (id, sha, base) => dispatcher.changedFiles(id, sha, base),
    fileAt: (id, sha, path) => dispatcher.fileAt(id, sha, path),
    dispatchWorkflow: (repository, input) => manual.workflow(repository, input),
    dispatchEvent: (repository, input) => manual.event(repository, input),
  };
}

/** Opens the port of the page and the API. */
export async function startWeb(kit: ServerKit, options: WebOptions): Promise<HttpServer> {
  const { http } = kit.config;
  const later = (work: () => Promise<void>) => warmLater(kit, work);
  const server = await listening(http, HTTP_FLAG, () => createHttpServer(createWebApp({ ...options, later }), http));
  kit.parts.defer(() => server.close());
  return server;
}

/** What nobody waits for: it must not be in the way of the start, and a page that is asked for meanwhile takes part in it. */
function warmLater({ clock, parts, logger }: ServerKit, work: () => Promise<void>): void {
  const stop = clock.after(WARM_AFTER_MS, () => {
    work().catch((error: unknown) => logger.debug({ err: error }, 'the pages were not warmed up'));
  });
  parts.defer(async () => stop());
}
