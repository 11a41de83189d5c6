import type { LoadedConfig } from '../config/load.ts';
import { Api } from '../protocol/api.ts';
import type { Sink, Teller } from '../reporter/message.ts';
import { Reporter } from '../reporter/reporter.ts';
import { readAddress } from './home.ts';
import type { ServerKit } from './serve.ts';
import { serverUrl } from './server-url.ts';

/** What is told, and to whom: each way of telling adds its teller and its sinks. */
export interface Channels {
  readonly tellers: readonly Teller[];
  /** By kind: what stands before the first colon of `Message.sink`. */
  readonly sinks: ReadonlyMap<string, Sink>;
}

/** All ways of telling that the configuration asks for. */
export function channelsOf(_config: LoadedConfig): Channels {
  return { tellers: [], sinks: new Map() };
}

/** A reporter on the home of the kit. `server`: base of the API, as it is now. */
export function reporterOf(kit: ServerKit, server: () => Promise<string>): Reporter {
  const { config, clock, logger, token } = kit;
  return new Reporter({
    ...{ home: config.home, clock, logger: logger.child({ component: 'reporter' }) },
    ...channelsOf(config),
    api: async () => new Api(await server(), token, { authorizesReads: true }),
  });
}

/** Where a reporter that runs alone finds the server: as it was said; else that of the same home; else the default. */
export async function serverFor(config: LoadedConfig): Promise<string> {
  const address = config.isHttpNamed ? undefined : await readAddress(config.home);
  return address?.http ?? serverUrl(config.http);
}
