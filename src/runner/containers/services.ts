import { existsSync, mkdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Json } from '../../model/workflow.ts';
import { ActionError } from '../actions/action.ts';
import { environmentFlags } from './container-host.ts';
import type { ContainerSpec } from './container-spec.ts';
import { type Engine, jsonIn } from './engine.ts';
import { splitWords } from './split-words.ts';

/** What containers of one job share. */
export interface Surroundings {
  readonly engine: Engine;
  /** Name of the network. */
  readonly network: string;
  /** Label by which what was left behind is found. */
  readonly label: string;
  /** Resolves when the job is to end. */
  readonly stopped: Promise<void>;
  log(line: string): void;
}

/** How long it is waited between two looks at a container's health, in milliseconds; it grows from the first to the last. */
const LOOK_MS = [200, 300, 500, 1_000, 2_000] as const;

/** Starts a service in the background. @throws {ActionError} */
export async function startService(around: Surroundings, id: string, name: string, spec: ContainerSpec): Promise<void> {
  const { flags, own } = environmentFlags(spec.env);
  const args = [
    ...['run', '--detach', '--name', name, '--label', around.label],
    ...['--network', around.network, '--network-alias', id],
    ...commonFlags(spec, flags),
    ...(spec.entrypoint === '' ? [] : ['--entrypoint', spec.entrypoint]),
    spec.image,
    ...splitWords(spec.command),
  ];
  await around.engine.start(args, `the service ${id} could not be started`, own);
}

/** Flags that a job's container and services have in common. Ports are open to this machine alone, unless they name an address. */
export function commonFlags(spec: ContainerSpec, environment: readonly string[]): readonly string[] {
  for (const volume of spec.volumes) makeSource(volume);
  return [
    ...spec.ports.flatMap((port) => ['-p', onLoopback(port)]),
    ...spec.volumes.flatMap((volume) => ['-v', volume]),
    ...environment,
    ...splitWords(spec.options),
  ];
}

/** Docker makes a folder of the host that is not there, podman refuses it. */
function makeSource(volume: string): void {
  const [source = '', target] = volume.split(':');
  if (target === undefined || !source.startsWith('/') || existsSync(source)) return;
  try {
    mkdirSync(source, { recursive: true });
  } catch {
    // the engine says what is wrong with it
  }
}

function onLoopback(port: string): string {
  const [numbers = '', protocol] = port.split('/');
  const parts = numbers.split(':');
  const suffix = protocol === undefined ? '' : `/${protocol}`;
  if (parts.length > 2) return port;
  return parts.length === 2 ? `127.0.0.1:${numbers}${suffix}` : `127.0.0.1::${numbers}${suffix}`;
}

/**
 * Waits until a service says that it is healthy, if it says anything about that.
 * @throws {ActionError} if it is not, or has ended; its log is in the job's.
 */
export async function waitForHealth(around: Surroundings, id: string, name: string): Promise<void> {
  let isOver = false;
  void around.stopped.then(() => {
    isOver = true;
  });
  for (let looks = 0; !isOver; looks++) {
    const health = await healthOf(around.engine, name);
    if (health === 'healthy') return;
    if (health === 'gone') return around.log(`##[warning]the service ${id} has ended already, and has no health check`);
    if (health === 'unhealthy' || health === 'ended') {
      const { said } = await around.engine.say(['logs', '--tail', '200', name]);
      around.log(`##[group]Log of the service ${id}\n${said}\n##[endgroup]`);
      const words = health === 'ended' ? 'has ended' : 'is not healthy';
      throw new ActionError(`the service ${id} ${words}; its log is above`);
    }
    if (looks === 0) around.log(`[signalbox] waiting until the service ${id} is healthy`);
    await Promise.race([setTimeout(LOOK_MS[Math.min(looks, LOOK_MS.length - 1)]), around.stopped]);
  }
}

/** `gone`: it has ended, and says nothing about its health, which stops no job on GitHub. */
type Health = 'healthy' | 'starting' | 'unhealthy' | 'ended' | 'gone';

async function healthOf(engine: Engine, name: string): Promise<Health> {
  const state = jsonIn(await engine.ask(['inspect', '--type', 'container', '--format', '{{json .State}}', name]));
  const {
    Status = '',
    Health,
    Healthcheck,
  } = (state ?? {}) as {
    Status?: string;
    Health?: { Status?: string } | null;
    Healthcheck?: { Status?: string } | null;
  };
  const health = (Health ?? Healthcheck)?.Status;
  const hasCheck = health !== undefined && health !== '' && health !== 'none';
  if (['exited', 'dead', 'stopped', 'removing'].includes(Status.toLowerCase())) return hasCheck ? 'ended' : 'gone';
  if (!hasCheck) return 'healthy';
  if (health === 'healthy' || health === 'unhealthy') return health;
  // podman leaves checking to systemd, which need not be there
  const isFine = engine.program === 'podman' && (await engine.say(['healthcheck', 'run', name])).status === 0;
  return isFine ? 'healthy' : 'starting';
}

/** Which port of this machine each port of a container is, as `docker port` says it. */
export async function portsOf(engine: Engine, name: string): Promise<Readonly<Record<string, string>>> {
  const ports: Record<string, string> = {};
  for (const line of ((await engine.ask(['port', name])) ?? '').split('\n')) {
    const [, inside = '', outside = ''] = /^(\d+)(?:\/\w+)? -> .*:(\d+)$/.exec(line.trim()) ?? [];
    if (inside !== '') ports[inside] ??= outside;
  }
  return ports;
}

/** The id that the engine gives a container. */
export async function idOf(engine: Engine, name: string): Promise<Json> {
  const said = await engine.ask(['inspect', '--type', 'container', '--format', '{{.Id}}', name]);
  return /[0-9a-f]{12,64}/.exec(said ?? '')?.[0] ?? name;
}
