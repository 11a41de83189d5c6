import type { Conclusion } from '../model/conclusion.ts';
import { worstOf } from '../model/conclusion.ts';
import { SHA_PATTERN } from '../model/push.ts';
import { type Api, UnreachableError } from '../protocol/api.ts';
import { type ApiEvent, type ApiRun, eventSchema, runSchema, runsSchema } from '../protocol/api-schema.ts';
import { backoffMs } from '../support/backoff.ts';
import { withServer } from './connect.ts';
import type { Invocation } from './context.ts';
import { exitCodeFor } from './exit-code.ts';
import { repositoryNamed } from './find-repository.ts';
import { findRun, runsPath } from './find-run.ts';
import { oneLine } from './harmless.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';
import { happened, lost, shortSha } from './views.ts';

interface WatchOptions {
  readonly repository?: string | undefined;
  readonly sha?: string;
}

/** Which runs are waited for; without it: none, everything is shown for ever. */
type Target = { readonly run: number } | { readonly sha: string };

/** `signalbox watch`. */
export async function run(invocation: Invocation<WatchOptions>): Promise<number> {
  const { context, args, options } = invocation;
  const sha = options.sha?.toLowerCase();
  if (sha !== undefined && args[0] !== undefined) throw new UsageError('watch takes a run or --sha, not both');
  if (sha !== undefined && !SHA_PATTERN.test(sha))
    throw new UsageError(`--sha is "${options.sha}"; it must be a whole commit id, as "git rev-parse HEAD" prints it`);
  return withServer(invocation, async (api) => {
    const [name] = args;
    const { cwd, terminal } = context;
    const said = options.repository;
    const repository = said === undefined ? undefined : await repositoryNamed(api, said, cwd);
    const run = name === undefined ? undefined : { run: (await findRun(api, name, { repository, cwd })).id };
    const target = sha === undefined ? run : { sha };
    if (target === undefined && terminal.isInteractive && !options.json)
      terminal.say(`watching ${repository ?? 'all repositories'}; Ctrl-C ends it`);
    return new Watcher(api, terminal, { json: options.json === true, repository }).watch(target);
  });
}

class Watcher {
  readonly #api: Api;
  readonly #terminal: Terminal;
  readonly #options: WatchOptions & { readonly json?: boolean };
  /** What was shown of each run: a state that comes twice (asked for, and as an event) is shown once. */
  readonly #shown = new Map<number, string>();
  #hasSaid = false;

  constructor(api: Api, terminal: Terminal, options: WatchOptions & { readonly json?: boolean }) {
    this.#api = api;
    this.#terminal = terminal;
    this.#options = options;
  }

  /** Shows what happens until all runs of the target are complete; the exit code of their verdict. */
  async watch(target: Target | undefined): Promise<number> {
    for (let tries = 0, lastId: string | null = null; ; tries++) {
      try {
        let isFirst = true;
        for await (const { id, data } of this.#api.events('/api/events', lastId)) {
          tries = 0;
          lastId = id ?? lastId;
          const event = data === '' ? undefined : eventSchema.parse(JSON.parse(data));
          if (event !== undefined) await this.#show(event, target);
          // the stream stands, so nothing is missed any more: what was before it is asked for
          const conclusion = isFirst || event?.type === 'run.completed' ? await this.#verdictOf(target) : undefined;
          if (conclusion !== undefined) return exitCodeFor(conclusion);
          isFirst = false;
        }
      } catch (error) {
        if (!(error instanceof UnreachableError)) throw error;
        if (tries === 0) this.#terminal.say(`signalbox: ${error.message}; it is tried again`);
      }
      await new Promise((resolve) => setTimeout(resolve, backoffMs(tries, { maxMs: 2_000 })));
    }
  }

  /** The verdict of the target, if all its runs are complete. */
  async #verdictOf(target: Target | undefined): Promise<Conclusion | undefined> {
    if (target === undefined) return undefined;
    const runs = 'run' in target ? [await this.#run(target.run)] : (await this.#runsOf(target.sha)).runs;
    for (const run of runs) this.#showRun(run);
    if ('sha' in target && runs.length === 0) this.#sayWhatFor(target.sha);
    const isOver = runs.length > 0 && runs.every((run) => run.status === 'completed');
    return isOver ? worstOf(runs.flatMap(({ conclusion }) => conclusion ?? [])) : undefined;
  }

  /** Once: whoever mistyped a commit, or made it where nobody looks, would wait without knowing for what. */
  #sayWhatFor(sha: string): void {
    if (this.#hasSaid || this.#options.json) return;
    this.#hasSaid = true;
    const where = this.#options.repository ?? 'any watched repository';
    this.#terminal.say(
      `no run of commit ${shortSha(sha)} in ${where} yet; waiting until it is seen there (Ctrl-C ends it; "signalbox repos" lists what is watched)`,
    );
  }

  #run(id: number) {
    return this.#api.get(`/api/runs/${id}`, runSchema);
  }

  #runsOf(sha: string) {
    return this.#api.get(runsPath({ sha, repository: this.#options.repository }), runsSchema);
  }

  async #show(event: ApiEvent, target: Target | undefined): Promise<void> {
    const { repository } = this.#options;
    if (repository !== undefined && event.repository !== repository) return;
    if (this.#options.json && target === undefined) return this.#terminal.json(event);
    if (event.run === null) return target === undefined ? this.#showOther(event) : undefined;
    if (!/^(?:run\.(?:queued|started|completed)|job\.lost)$/.test(event.type)) return;
    const run = await this.#run(event.run);
    const isMeant = target === undefined || ('run' in target ? run.id === target.run : run.sha === target.sha);
    if (isMeant && event.type === 'job.lost') this.#showLoss(event, run);
    if (isMeant) this.#showRun(run);
  }

  #showLoss(event: ApiEvent, run: ApiRun): void {
    // as JSON only runs are told
    if (!this.#options.json) this.#terminal.line(lost(run, event.data, this.#terminal, new Date()));
  }

  #showRun(run: ApiRun): void {
    const state = `${run.status} ${run.conclusion} ${run.attempt}`;
    if (this.#shown.get(run.id) === state) return;
    this.#shown.set(run.id, state);
    if (this.#options.json) {
      this.#terminal.json(run);
      return;
    }
    this.#terminal.line(happened(run, this.#terminal, new Date()));
    if (this.#shown.size > 10_000) this.#shown.clear();
  }

  #showOther(event: ApiEvent): void {
    const what = event.type.replace('.', ' ');
    this.#terminal.line(
      `${new Date().toTimeString().slice(0, 8)}  ${what}  ${oneLine(event.repository ?? '')}`.trimEnd(),
    );
  }
}
