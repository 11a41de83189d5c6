import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../model/workflow.ts';
import { containerHost, environmentFlags, NODE_THERE, nodeScript } from '../containers/container-host.ts';
import { type ContainerSpec, containerSpec, serviceSpecs } from '../containers/container-spec.ts';
import { type Engine, findEngine, jsonIn } from '../containers/engine.ts';
import { haveImage } from '../containers/images.ts';
import { labelOf, noteContainers, removeLeftovers } from '../containers/leftovers.ts';
import { jobMounts } from '../containers/mounts.ts';
import { commonFlags, idOf, portsOf, type Surroundings, startService, waitForHealth } from '../containers/services.ts';
import { type ContainerRequest, HERE, type JobContainers, type StepHost } from '../workflow/step-host.ts';

/** A job that asks for containers, while they are started. */
interface Starting {
  readonly request: ContainerRequest;
  readonly engine: Engine;
  readonly around: Surroundings;
}

/**
 * Starts what `container` and `services` of a job ask for.
 * @throws {ActionError} in words, if there is no engine here or it cannot be done; nothing is left running then.
 */
export async function startContainers(request: ContainerRequest): Promise<JobContainers> {
  const container = containerSpec(request.container, 'container');
  const services = serviceSpecs(request.services);
  if (container === undefined && services.size === 0) return { host: HERE, facts: {}, stop: async () => {} };
  const what = container === undefined ? 'services' : `a container (${container.image})`;
  const engine = await findEngine(request, `the job asks for ${what}`);
  const label = labelOf(request.places);
  const { name: network, stopped, log } = request;
  const starting = { request, engine, around: { engine, network, label, stopped, log } };
  await removeLeftovers(engine, label);
  noteContainers(request.places, engine);
  try {
    log('##[group]Containers of the job');
    await engine.start(
      ['network', 'create', '--label', label, network],
      'a network for the containers could not be made',
    );
    const facts = await startServices(starting, services);
    const host = container === undefined ? HERE : await startJobContainer(starting, container);
    for (const id of services.keys()) await waitForHealth(starting.around, id, serviceName(request, id));
    log('##[endgroup]');
    const own = container && { container: { id: await idOf(engine, jobName(request)), network } };
    return { host, facts: { services: facts, ...own }, stop: () => stop(starting) };
  } catch (error) {
    log('##[endgroup]');
    await stop(starting);
    throw error;
  }
}

async function startServices({ request, engine, around }: Starting, services: ReadonlyMap<string, ContainerSpec>) {
  const facts: Record<string, Json> = {};
  for (const [id, spec] of services) {
    if (spec.credentials !== undefined) request.mask(spec.credentials.password);
    await haveImage(engine, spec, request.places.temp);
    const name = serviceName(request, id);
    await startService(around, id, name, spec);
    const ports = await portsOf(engine, name);
    facts[id] = { id: await idOf(engine, name), network: around.network, ports };
    const shown = Object.entries(ports).map(([inside, outside]) => `, port ${inside} is ${outside} here`);
    request.log(`[signalbox] service ${id}: ${spec.image}${shown.join('')}`);
  }
  return facts;
}

async function startJobContainer({ request, engine, around }: Starting, spec: ContainerSpec): Promise<StepHost> {
  const { places, env, machine } = request;
  if (spec.credentials !== undefined) request.mask(spec.credentials.password);
  await haveImage(engine, spec, places.temp);
  const node = join(places.temp, '_signalbox_node');
  writeFileSync(node, nodeScript);
  chmodSync(node, 0o755);
  const { flags, own } = environmentFlags(spec.env);
  const name = jobName(request);
  const args = [
    ...['run', '--detach', '--name', name, '--label', around.label, '--network', around.network],
    ...[
      '--workdir',
      places.workspace,
      ...jobMounts(places, env.HOME ?? ''),
      '-v',
      `${process.execPath}:${NODE_THERE}:ro`,
    ],
    ...commonFlags(spec, flags),
    ...['--entrypoint', 'tail', spec.image, '-f', '/dev/null'],
  ];
  await engine.start(args, `the container of the job could not be started`, own);
  request.log(`[signalbox] the steps run in a container (${engine.program}): ${spec.image}`);
  return containerHost({ engine, name, machine, node, path: await pathIn(engine, name) });
}

/** PATH of an image, as its container has it. */
async function pathIn(engine: Engine, name: string): Promise<string> {
  const env = jsonIn(await engine.ask(['inspect', '--type', 'container', '--format', '{{json .Config.Env}}', name]));
  const found = Array.isArray(env) ? env.map(String).find((line) => line.startsWith('PATH=')) : undefined;
  return found?.slice('PATH='.length) || '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
}

/** Ends and removes all; what belongs to another user there, because it was made in the container, is given back first. */
async function stop({ request, engine, around }: Starting): Promise<void> {
  const { places, env } = request;
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  if (uid !== 0 && engine.program === 'docker') {
    const folders = [places.workspace, places.temp, places.files, places.caches, env.HOME ?? places.temp];
    const give = ['exec', '--user', '0', jobName(request), 'chown', '-R', `${uid}:${gid}`, ...new Set(folders)];
    await engine.say(give, { isLast: true });
  }
  await removeLeftovers(engine, around.label, true);
}

function jobName({ name }: ContainerRequest): string {
  return `${name}-job`;
}

function serviceName({ name }: ContainerRequest, id: string): string {
  return `${name}-${id}`;
}
