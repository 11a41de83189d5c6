import { createServer } from 'node:net';
import { count } from '../../../web/src/words.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { Api } from '../../protocol/api.ts';
import { runnersSchema, runsSchema } from '../../protocol/api-schema.ts';
import { messageOf } from '../../support/ci-error.ts';
import { type HostPort, hostPort } from '../../support/host-port.ts';
import { answers } from '../connect.ts';
import { oneLine } from '../harmless.ts';
import { readAddress } from '../home.ts';
import { bad, type Finding, note, ok, warn } from './finding.ts';
import { hookFindings } from './hooks.ts';

/** How far the newest run may lie in the future, in milliseconds. */
const CLOCK_MS = 60_000;

/** The server, or where it would listen; its runners, and the hooks that tell it. */
export async function serverFindings(config: LoadedConfig): Promise<readonly Finding[]> {
  const address = await readAddress(config.home).catch(() => undefined);
  const api = address === undefined ? undefined : new Api(address.http, '-');
  if (api === undefined || !(await answers(api))) {
    const ports = [
      portFinding('port of the page', config.http),
      portFinding('port of the dispatcher', config.dispatcher),
    ];
    const none = note(
      'server',
      'none runs on this home; its repositories and runners were not looked at',
      'signalbox up',
    );
    return [none, ...(await Promise.all(ports))];
  }
  return [await readiness(api), await clock(api), ...(await runners(api)), ...(await hookFindings(api, config.home))];
}

async function readiness(api: Api): Promise<Finding> {
  try {
    (await api.open('/readyz')).resume();
    return ok('server', `${api.base} takes work`);
  } catch (error) {
    return bad(
      'server',
      `${api.base} takes no work: ${messageOf(error)}`,
      'see its log; it heals when the reason is gone',
    );
  }
}

/** A run from the future: the clock went back, and times are told wrongly. */
async function clock(api: Api): Promise<Finding> {
  const { runs } = await api.get('/api/runs?limit=1', runsSchema);
  const ahead = Date.parse(runs[0]?.created_at ?? '') - Date.now();
  if (!(ahead > CLOCK_MS)) return ok('clock', new Date().toISOString().replace(/\.\d+/, ''));
  const words = `the newest run was made ${Math.round(ahead / 1_000)} s from now: the clock went back`;
  return warn('clock', words, 'let the machine take its time from the network (timedatectl set-ntp true)');
}

async function runners(api: Api): Promise<readonly Finding[]> {
  const all = (await api.get('/api/runners', runnersSchema)).runners;
  if (all.length === 0)
    return [
      bad('runners', 'none is connected: nothing can be tested', 'signalbox up --runners 2, or signalbox runner'),
    ];
  const lost = all.filter(({ state }) => state === 'lost').map(({ name }) => oneLine(name));
  if (lost.length > 0)
    return [warn('runners', `not heard from: ${lost.join(', ')}`, 'look whether they run, and reach the dispatcher')];
  return [ok('runners', `${count(all.length, 'runner')} connected`)];
}

/** Could a server listen there? */
function portFinding(name: string, address: HostPort): Promise<Finding> {
  const where = hostPort(address);
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      const words = error.code === 'EADDRINUSE' ? `${where} is in use` : `${where}: ${error.message}`;
      resolve(bad(name, words, 'end what listens there, or choose another with --http and --dispatcher'));
    });
    server.listen(address.port, address.host, () => server.close(() => resolve(ok(name, `${where} is free`))));
  });
}
