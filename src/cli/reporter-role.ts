import type { ForgeSettings } from '../config/config.ts';
import type { LoadedConfig } from '../config/load.ts';
import { Api } from '../protocol/api.ts';
import { readGithubApp } from '../protocol/github-app.ts';
import { forgeCredentials } from '../reporter/forge-credentials.ts';
import type { Sink, Teller } from '../reporter/message.ts';
import { Reporter } from '../reporter/reporter.ts';
import { StatusSink } from '../reporter/status/status-sink.ts';
import { STATUS_KIND, StatusTeller } from '../reporter/status/status-teller.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import { readAddress } from './home.ts';
import { notifications } from './notify-role.ts';
import type { ServerKit } from './serve.ts';
import { serverUrl } from './server-url.ts';
import { NoServerError } from './usage-error.ts';

/** What is told, and to whom: each way of telling adds its teller and its sinks. */
export interface Channels {
  readonly tellers: readonly Teller[];
  /** By kind: what stands before the first colon of `Message.sink`. */
  readonly sinks: ReadonlyMap<string, Sink>;
}

/** All ways of telling that the configuration asks for. */
export function channelsOf(config: LoadedConfig, clock: Clock, logger: Logger): Channels {
  const all = [statuses(config, clock), notifications(config, clock, logger)];
  return {
    tellers: all.flatMap(({ tellers }) => tellers),
    sinks: new Map(all.flatMap(({ sinks }) => [...sinks])),
  };
}

/** Commit statuses, to each forge for which there is a token. */
function statuses({ forges, home }: LoadedConfig, clock: Clock): Channels {
  const told = forges.filter(({ hasStatuses }) => hasStatuses);
  const hasApp = async ({ api }: ForgeSettings) => (await readGithubApp(home))?.api === api;
  const teller = new StatusTeller(async () => {
    const all = await Promise.all(told.map(async (forge) => ({ ...forge, hasChecks: await hasApp(forge) })));
    return all.filter(({ tokenFile, hasChecks }) => tokenFile !== null || hasChecks);
  });
  const credential = forgeCredentials(home);
  const sink = new StatusSink({ forges: told, credential, clock });
  return { tellers: [teller], sinks: new Map([[STATUS_KIND, sink]]) };
}

/** A reporter on the home of the kit. `server`: base of the API, as it is now. */
export function reporterOf(kit: ServerKit, server: () => Promise<string>): Reporter {
  const { config, clock, logger, token } = kit;
  return new Reporter({
    ...{ home: config.home, clock, logger: logger.child({ component: 'reporter' }) },
    ...channelsOf(config, clock, logger.child({ component: 'reporter' })),
    api: async () => new Api(await server(), token, { authorizesReads: true }),
  });
}

/**
 * Where a reporter that runs alone finds the server: as it was said, else that of the same home. Never a guess: whoever listens
 * there would be shown the token, and have its events told.
 * @throws {NoServerError} none runs on the home now.
 */
export async function serverFor(config: LoadedConfig): Promise<string> {
  if (config.isHttpNamed) return serverUrl(config.http);
  const address = await readAddress(config.home);
  if (address === undefined) throw new NoServerError(config.home);
  return address.http;
}
