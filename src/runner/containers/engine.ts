import { homedir } from 'node:os';
import { ActionError } from '../actions/action.ts';
import { MARKER_NAME } from '../process-table.ts';
import { which } from '../workflow/shells.ts';
import type { ContainerRequest } from '../workflow/step-host.ts';

/** What of the job is needed to work with an engine. */
export type EngineTools = Pick<ContainerRequest, 'env' | 'exec' | 'log' | 'mask'>;

/** How an engine is asked. */
interface SayOptions {
  /** It cleans up. */
  readonly isLast?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** It leaves processes that are not this job's alone. */
  readonly isShared?: boolean;
}

/** Docker or podman, as this machine has it. */
export class Engine {
  readonly program: 'docker' | 'podman';
  readonly #tools: EngineTools;

  constructor(program: 'docker' | 'podman', tools: EngineTools) {
    this.program = program;
    this.#tools = tools;
  }

  /**
   * What is started to run the engine. Images and credentials are those of the runner's own user: a job has a home of its
   * own, with nothing in it.
   */
  argv(args: readonly string[], env: Readonly<Record<string, string>> = {}): readonly [string, ...string[]] {
    const variables = Object.entries({ HOME: homedir(), ...env }).map(([name, value]) => `${name}=${value}`);
    return ['env', ...variables, this.program, ...args];
  }

  /** Does something, with the engine's words in the log. @throws {ActionError} if it fails; `what` begins the message. */
  async run(args: readonly string[], what: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
    const status = await this.#tools.exec(this.argv(args), { env });
    if (status !== 0)
      throw new ActionError(
        `${what} (${this.program} ${args[0]} ended with exit code ${status}; what it said is in the log)`,
      );
  }

  /**
   * Starts what goes on behind it, and removed by its label. It carries no marker of this job: podman starts a name server that the
   * containers of all jobs share, which must not end with the one whose container came first.
   * @throws {ActionError} as `run`
   */
  async start(args: readonly string[], what: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
    const { said, status } = await this.say(args, { env, isShared: true });
    if (status === 0) return;
    throw new ActionError(`${what} (${this.program} ${args[0]} ended with exit code ${status}: ${lastLine(said)})`);
  }

  /** Asks something; undefined if it fails. What is said on stderr is among the answer. */
  async ask(args: readonly string[]): Promise<string | undefined> {
    const { said, status } = await this.say(args);
    return status === 0 ? said : undefined;
  }

  /** Does something quietly; what it said, and its exit status. */
  async say(
    args: readonly string[],
    { isShared = false, ...options }: SayOptions = {},
  ): Promise<{ readonly said: string; readonly status: number }> {
    const chunks: Buffer[] = [];
    const onOutput = (bytes: Buffer) => chunks.push(Buffer.from(bytes));
    const argv = isShared ? this.argv(args, { [MARKER_NAME]: 'engine' }) : this.argv(args);
    const status = await this.#tools.exec(argv, { onOutput, ...options });
    return { said: Buffer.concat(chunks).toString('utf8').trim(), status };
  }
}

/**
 * Finds the engine of this machine: docker, if its server answers, else podman.
 * @throws {ActionError} in words, if there is none; `what` says who asks for it.
 */
export async function findEngine(tools: EngineTools, what: string): Promise<Engine> {
  const { PATH = '' } = tools.env;
  const reasons: string[] = [];
  for (const program of ['docker', 'podman'] as const) {
    if (which(program, PATH) === undefined) continue;
    const engine = new Engine(program, tools);
    const format = program === 'docker' ? '{{.Server.Version}}' : '{{.Client.Version}}';
    const { said, status } = await engine.say(['version', '--format', format]);
    if (status === 0) return engine;
    reasons.push(`${program} does not work (${lastLine(said) || `exit code ${status}`})`);
  }
  const why = reasons.length > 0 ? reasons.join(', ') : 'this runner has neither docker nor podman';
  throw new ActionError(`${what}, and ${why}; run it on a runner that has one of them`);
}

/** What a JSON answer holds, among whatever warnings there are; undefined if there is none. */
export function jsonIn(said: string | undefined): unknown {
  for (const line of (said ?? '').split('\n').reverse()) {
    try {
      return JSON.parse(line);
    } catch {
      // a warning
    }
  }
  return undefined;
}

function lastLine(text: string): string {
  return text.split('\n').at(-1) ?? '';
}
