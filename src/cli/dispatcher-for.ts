import type { LoadedConfig } from '../config/load.ts';
import { type HostPort, parseHostPort } from '../support/host-port.ts';
import { readAddress } from './home.ts';

/** Where a part that runs alone finds the dispatcher: as it was said; else that of the same home; else the default. */
export async function dispatcherFor(config: LoadedConfig): Promise<HostPort> {
  const address = config.isDispatcherNamed ? undefined : await readAddress(config.home);
  return address === undefined ? config.dispatcher : parseHostPort(address.dispatcher);
}
