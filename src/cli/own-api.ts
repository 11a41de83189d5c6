import type { LoadedConfig } from '../config/load.ts';
import { expanderFor } from '../dispatcher/expander-for.ts';
import { makeRepositoryParts } from '../dispatcher/repository-parts.ts';
import { isHookInstalled } from '../hooks/installed-hook.ts';
import { Api } from '../protocol/api.ts';
import { logsOf } from '../store/open-logs.ts';
import { openStore } from '../store/open-store.ts';
import { systemClock } from '../support/clock.ts';
import { Credentials } from '../support/http-credentials.ts';
import { HttpError } from '../support/http-guard.ts';
import { createHttpServer } from '../support/http-server.ts';
import { createWebApp } from '../web/app.ts';
import { readToken } from './home.ts';
import { processLogger } from './logging.ts';
import { serverUrl } from './server-url.ts';
import { StartedParts } from './started-parts.ts';

/**
 * Does `work` with the API of a home on which no server runs: the same code, in this process, for so long. To be called
 * under the lock of the home.
 */
export async function withOwnApi<T>(config: LoadedConfig, work: (api: Api) => Promise<T>): Promise<T> {
  await using parts = new StartedParts();
  const { home } = config;
  const token = await readToken(home);
  const logger = processLogger('warn', 'text');
  const store = await openStore({ home, expander: expanderFor(config) });
  parts.defer(() => store.close());
  const logs = logsOf({ home, store });
  parts.defer(() => logs.close());
  const { registry, commits } = makeRepositoryParts({ home, store, config, clock: systemClock, logger });
  parts.defer(() => commits.close());
  const operations = {
    runners: () => [],
    hasServer: false,
    drainRunner: needsServer,
    resumeRunner: needsServer,
    hasHook: isHookInstalled,
    addRepository: registry.add.bind(registry),
    removeRepository: registry.remove.bind(registry),
    removeCredential: registry.removeCredential.bind(registry),
    schedulesOf: () => [],
    defaultBranchOf: () => null,
    lineOf: async (id: number, sha: string) => {
      const repository = await registry.get(id);
      return repository === undefined ? [] : commits.line(repository, sha);
    },
    mergesOf: async (id: number, sha: string) => {
      const repository = await registry.get(id);
      return repository === undefined ? new Map() : commits.merges(repository, sha);
    },
    changedFiles: async (id: number, sha: string, base: string | null) => {
      const repository = await registry.get(id);
      return repository === undefined || base === null ? undefined : commits.changed(repository, sha, base);
    },
    fileAt: async (id: number, sha: string, path: string) => {
      const repository = await registry.get(id);
      return repository === undefined ? undefined : commits.file(repository, sha, path);
    },
    dispatchWorkflow: needsServer,
    dispatchEvent: needsServer,
  };
  // links are to lead to where a server will be, not to this one, which is gone in a moment
  const publicUrl = config.publicUrl ?? serverUrl(config.http);
  const web = { store, logs, operations, config: { home, publicUrl }, clock: systemClock, logger };
  const app = createWebApp({ ...web, credentials: new Credentials(token) });
  const server = await createHttpServer(app, { host: '127.0.0.1', port: 0 });
  parts.defer(() => server.close());
  return await work(new Api(server.url, token)); // awaited here: the parts end with this scope
}

/** Runners and planning need the parts of a server; the commands that ask for them look for one. */
function needsServer(): Promise<never> {
  return Promise.reject(
    new HttpError(503, 'E_NOT_READY', 'this needs a server that runs; start one with "signalbox up"'),
  );
}
