import { homeLockPath } from './connect.ts';
import type { Invocation } from './context.ts';
import { startDispatcher, startWeb } from './dispatcher-role.ts';
import { removeAddress, writeAddress } from './home.ts';
import { type RunningServer, type ServerKit, serve } from './serve.ts';

/** `signalbox dispatcher`. */
export function run(invocation: Invocation): Promise<number> {
  return serve({ invocation, locks: (home) => [homeLockPath(home)], addressFile: 'address.json', start });
}

async function start(kit: ServerKit): Promise<RunningServer> {
  let url = '';
  const { dispatcher, web } = await startDispatcher(kit, () => url);
  url = (await startWeb(kit, web)).url;
  const { home } = kit.config;
  await writeAddress(home, { http: url, dispatcher: dispatcher.address, pid: process.pid });
  kit.parts.defer(() => removeAddress(home));
  return { ready: { http: url, dispatcher: dispatcher.address }, drain: () => dispatcher.drainAll() };
}
