import { homedir } from 'node:os';
import type { ProcessOrder } from '../step-runner.ts';
import type { StepHost } from '../workflow/step-host.ts';
import type { Engine } from './engine.ts';

/** A container in which the steps of a job run. */
export interface HostContainer {
  readonly engine: Engine;
  readonly name: string;
  /** PATH of the image. */
  readonly path: string;
  /** Runs a JavaScript file with whatever Node works there; see {@link nodeScript}. */
  readonly node: string;
  /** The environment of processes of this machine, from which theirs is told apart. */
  readonly machine: Readonly<Record<string, string>>;
}

/** What the engine's own program reads: its value is given to the container as an argument instead. */
const ENGINE_VARIABLES =
  /^(?:PATH|HOME|TMPDIR|LANG|LC_.*|DOCKER_.*|BUILDAH_.*|CONTAINER.*|XDG_RUNTIME_DIR|STORAGE_.*)$/;
/** What says where things are on this machine, and nothing about the container. */
const MACHINE_VARIABLES =
  /^(?:LANG|LANGUAGE|LC_.*|TZ|USER|LOGNAME|SHELL|.*_(?:HOME|ROOT|DIR|BIN|PATH|INSTALL|PREFIX))$|^(?:GOPATH|GOROOT|DOCKER_.*|XDG_RUNTIME_DIR|CONTAINER_HOST)$/;

const TRUSTED = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' };

/** Steps run in a container: folders of the job have the same names in it. */
export function containerHost(container: HostContainer): StepHost {
  return {
    isContainer: true,
    node: container.node,
    which: (program) => program,
    order: (order) => inContainer(container, order),
  };
}

function inContainer({ engine, name, path, machine }: HostContainer, order: ProcessOrder): ProcessOrder {
  const env = containerEnvironment(order.env, machine, path);
  const { flags, own } = environmentFlags(env);
  const command = engine.argv(['exec', '--workdir', order.cwd, ...flags, name, ...order.command]);
  return { ...order, command, cwd: homedir(), env: { ...machine, ...own } };
}

/**
 * The environment of a process in a container: that of the step without what is only true of this machine, and with the
 * container's PATH below the folders that steps have added.
 */
export function containerEnvironment(
  env: Readonly<Record<string, string>>,
  machine: Readonly<Record<string, string>>,
  path: string,
): Record<string, string> {
  const entries = Object.entries(env).filter(
    ([name, value]) => !(MACHINE_VARIABLES.test(name) && machine[name] === value),
  );
  const kept = Object.fromEntries(entries);
  const [steps = '', base = ''] = [env.PATH, machine.PATH];
  const isAdded = base !== '' && (steps === base || steps.endsWith(`:${base}`));
  // the workspace belongs to another user than the one in the container, most likely
  const git = kept.GIT_CONFIG_COUNT === undefined ? TRUSTED : {};
  return { ...git, ...kept, PATH: isAdded ? steps.slice(0, steps.length - base.length) + path : steps };
}

/** Arguments that pass variables on by their names, so that no value can be read in the list of processes. */
export function environmentFlags(env: Readonly<Record<string, string>>): {
  readonly flags: readonly string[];
  readonly own: Readonly<Record<string, string>>;
} {
  const names = Object.keys(env).filter((name) => name !== '' && !name.includes('='));
  const flags = names.flatMap((name) => ['-e', ENGINE_VARIABLES.test(name) ? `${name}=${env[name]}` : name]);
  const own = Object.fromEntries(
    names.filter((name) => !ENGINE_VARIABLES.test(name)).map((name) => [name, env[name] ?? '']),
  );
  return { flags, own };
}

/** Where the Node of this machine is in a container. */
export const NODE_THERE = '/__signalbox/node';

/** A script that runs JavaScript with this machine's Node, or with the container's own where that does not work (musl). */
export const nodeScript = `#!/bin/sh
if ${NODE_THERE} --version >/dev/null 2>&1; then exec ${NODE_THERE} "$@"; fi
if command -v node >/dev/null 2>&1; then exec node "$@"; fi
echo "JavaScript actions need Node: that of the runner does not work in this container, and it has none of its own" >&2
exit 127
`;
