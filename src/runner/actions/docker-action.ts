import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Template } from '../../model/workflow.ts';
import { containerEnvironment, environmentFlags } from '../containers/container-host.ts';
import { type Engine, findEngine } from '../containers/engine.ts';
import { haveImage } from '../containers/images.ts';
import { labelOf, noteContainers } from '../containers/leftovers.ts';
import { jobMounts } from '../containers/mounts.ts';
import { splitWords } from '../containers/split-words.ts';
import type { ContainerRequest, StepHost } from '../workflow/step-host.ts';
import type { DockerResolved } from './action.ts';

/** One part of a docker action that is to be executed. */
export interface DockerPartRequest extends Omit<ContainerRequest, 'container' | 'services'> {
  readonly action: DockerResolved;
  readonly part: 'pre' | 'main' | 'post';
  /** As the step says them, defaults included; `entrypoint` and `args` may be among them. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Evaluates `args` and `env` of the manifest, with its inputs. */
  evaluate(template: Template): string;
}

/** What is executed for it: a command in a container that is there only for it. */
export interface DockerPart {
  readonly host: StepHost;
  readonly command: readonly [string, ...string[]];
  /** Added to its environment: what the manifest says under `env`. */
  readonly env: Readonly<Record<string, string>>;
}

/** Where docker actions expect the workspace, as on GitHub. */
const WORKSPACE = '/github/workspace';
const HOME = '/github/home';

/**
 * Builds or fetches the image.
 * @throws {ActionError} in words, if there is no engine here or it cannot be done.
 */
export async function prepareDockerPart(request: DockerPartRequest): Promise<DockerPart> {
  const { action, inputs, evaluate } = request;
  const engine = await findEngine(request, `${action.path} runs in a container`);
  noteContainers(request.places, engine);
  const image = await imageOf(engine, request);
  const given = action.args?.map((arg) => evaluate(arg)) ?? splitWords(inputOf(inputs, 'args'));
  const network = await networkOf(engine, request);
  const flags = [...network, ...entrypointFlags(request)];
  return { host: hostOf(engine, request, flags), command: [image, ...given], env: environmentOf(request) };
}

async function imageOf(engine: Engine, { action, places }: DockerPartRequest): Promise<string> {
  const { image, folder, path } = action;
  if ('name' in image) {
    await haveImage(engine, { image: image.name }, places.temp);
    return image.name;
  }
  const context = folder ?? dirname(image.dockerfile);
  const tag = `localhost/signalbox-action:${createHash('sha256').update(image.dockerfile).digest('hex').slice(0, 16)}`;
  // one that was fetched is kept by its commit, and never another one; a local one may have changed
  const isFixed = context.startsWith(`${places.actions}/`);
  if (isFixed && (await engine.ask(['image', 'inspect', '--format', '{{.Id}}', tag])) !== undefined) return tag;
  await engine.run(
    ['build', '--tag', tag, '--file', image.dockerfile, context],
    `the image of ${path} could not be built`,
  );
  return tag;
}

function entrypointFlags({ action, part, inputs }: DockerPartRequest): readonly string[] {
  const { preEntrypoint = '', postEntrypoint = '', entrypoint = '' } = action;
  const said = { pre: preEntrypoint, post: postEntrypoint, main: entrypoint || inputOf(inputs, 'entrypoint') }[part];
  return said === '' ? [] : ['--entrypoint', said];
}

function inputOf(inputs: Readonly<Record<string, string>>, name: string): string {
  return Object.entries(inputs).find(([key]) => key.toLowerCase() === name)?.[1] ?? '';
}

function environmentOf({ action, evaluate }: DockerPartRequest): Record<string, string> {
  const { env } = action;
  if (typeof env !== 'object' || env === null || !('entries' in env) || typeof env.entries === 'function') return {};
  return Object.fromEntries(env.entries.map(([name, value]) => [name, evaluate(value)]));
}

/** That of the job, if it has containers or services. */
async function networkOf(engine: Engine, { name }: DockerPartRequest): Promise<readonly string[]> {
  const found = await engine.ask(['network', 'inspect', name]);
  return found === undefined ? [] : ['--network', name];
}

/** The workspace is there under GitHub's name for it, and under its own. */
function hostOf(engine: Engine, request: DockerPartRequest, flags: readonly string[]): StepHost {
  const { places, env, machine } = request;
  const home = join(places.temp, '_github_home');
  mkdirSync(home, { recursive: true });
  const mounts = [
    ...jobMounts(places, env.HOME ?? ''),
    '-v',
    `${places.workspace}:${WORKSPACE}`,
    '-v',
    `${home}:${HOME}`,
  ];
  return {
    isContainer: true,
    node: 'node',
    which: (program) => program,
    order: (order) => {
      const { PATH: _, ...inside } = containerEnvironment(order.env, machine, '');
      const variables = environmentFlags({ ...inside, HOME, GITHUB_WORKSPACE: WORKSPACE });
      const label = ['--label', labelOf(places)];
      const args = ['run', '--rm', ...label, '--workdir', WORKSPACE, ...mounts, ...variables.flags, ...flags];
      const command = engine.argv([...args, ...order.command]);
      return {
        ...order,
        command,
        cwd: homedir(),
        env: { ...machine, ...variables.own },
      };
    },
  };
}
