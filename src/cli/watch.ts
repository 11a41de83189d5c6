import { SHA_PATTERN } from '../model/push.ts';
import { type Api, UnreachableError } from '../protocol/api.ts';
import {
  type ApiEvent,
  type ApiRun,
  type ApiRunDetail,
  eventSchema,
  runSchema,
  runsSchema,
} from '../protocol/api-schema.ts';
import { backoffMs } from '../support/backoff.ts';
import { CiError } from '../support/ci-error.ts';
import { commitNamed, isRevision } from './commit-named.ts';
import { withServer } from './connect.ts';
import type { Invocation } from './context.ts';
import { endLines } from './draw/watched.ts';
import { exitCodeFor } from './exit-code.ts';
import { failingLines } from './failing-lines.ts';
import { repositoryHere, repositoryNamed } from './find-repository.ts';
import { findRun, runsPath } from './find-run.ts';
import { oneLine } from './harmless.ts';
import { notifyDesktop } from './notify.ts';
import type { Terminal } from './terminal.ts';
import { UnknownNameError, UsageError } from './usage-error.ts';
import { happened, lost, shortSha } from './views.ts';
import { LiveWatch, refuseAfter, type Target, verdictOf } from './watch-live.ts';

interface WatchOptions {
  readonly repository?: string | undefined;
  readonly sha?: string;
  readonly all?: boolean;
  readonly notify?: boolean;
}

/** How long the first run of a commit of ours is waited for, in milliseconds: longer than a remote poll takes. */
const APPEARS_WITHIN_MS = 90_000;

/** `signalbox watch`. */
export async function run(invocation: Invocation<WatchOptions>): Promise<number> {
  const { context, args, options } = invocation;
  const sha = options.sha?.toLowerCase();
  if (sha !== undefined && args[0] !== undefined) throw new UsageError('watch takes a run or --sha, not both');
  if (options.all && (sha ?? args[0]) !== undefined) throw new UsageError('watch takes --all, or what to wait for');
  if (sha !== undefined && !SHA_PATTERN.test(sha))
    throw new UsageError(`--sha is "${options.sha}"; it must be a whole commit id, as "git rev-parse HEAD" prints it`);
  return withServer(invocation, async (api) => {
    const { terminal, cwd } = context;
    const said = options.repository;
    const repository = said === undefined ? undefined : await repositoryNamed(api, said, cwd);
    const target = sha === undefined ? await targetOf(api, invocation, repository) : { sha };
    if (target === undefined && terminal.isInteractive && !options.json)
      terminal.say(`watching ${repository ?? 'all repositories'}; Ctrl-C ends it`);
    const runs = await watched(api, invocation, target, repository);
    const conclusion = verdictOf(runs);
    if (options.notify) await notifyDesktop(runs, conclusion, { terminal, path: context.env.PATH });
    return exitCodeFor(conclusion);
  });
}

/** The runs of the target when they are complete; drawn in place on a terminal, else told line by line. */
async function watched(
  api: Api,
  { context, options }: Invocation<WatchOptions>,
  target: Target | undefined,
  repository: string | undefined,
): Promise<readonly ApiRunDetail[]> {
  const { terminal } = context;
  const isDrawn = target !== undefined && terminal.isLive && !options.json;
  const runs = isDrawn
    ? await new LiveWatch(api, terminal, { repository, ...target }).watch()
    : await new Watcher(api, terminal, { json: options.json === true, repository, ...target }).watch(target);
  if (options.json) return runs;
  const said = new Map<number, readonly string[]>();
  for (const run of runs) said.set(run.id, await failingLines(api, run));
  for (const line of endLines(runs, said, terminal, new Date())) terminal.line(line);
  return runs;
}

/**
 * What is waited for: a run, or the push of a commit that git knows by that name; by no name, that of HEAD in a watched
 * repository. Undefined: everything is shown, for ever.
 */
async function targetOf(
  api: Api,
  { context, args, options }: Invocation<WatchOptions>,
  repository: string | undefined,
): Promise<Target | undefined> {
  const { cwd } = context;
  const [name] = args;
  if (name === undefined) {
    if (options.all || repository !== undefined) return undefined;
    const here = await repositoryHere(api, cwd);
    const head = here === undefined ? undefined : await commitNamed('HEAD', cwd);
    return head === undefined ? undefined : { sha: head, repository: here, appearsWithinMs: APPEARS_WITHIN_MS };
  }
  const found = isRevision(name) ? undefined : await findRun(api, name, { repository, cwd }).catch(unlessUnknown);
  if (found !== undefined && !(found instanceof CiError)) return { run: found.id };
  const sha = await commitNamed(name, cwd);
  if (sha !== undefined) {
    // a clone beside this one has the same commits, and runs of its own
    const where = repository ?? (await repositoryHere(api, cwd));
    return { sha, repository: where, appearsWithinMs: APPEARS_WITHIN_MS };
  }
  throw found ?? new UsageError(`git knows no commit "${name}" in ${cwd}`);
}

/** A name that is no run's may be a commit's, which has no run yet. */
function unlessUnknown(error: unknown): CiError {
  if (error instanceof UnknownNameError || error instanceof UsageError) return error;
  throw error;
}

/** Tells line by line, for a pipe and for all that happens. */
export class Watcher {
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

  /** Shows what happens until all runs of the target are complete; those runs. */
  async watch(target: Target | undefined): Promise<readonly ApiRunDetail[]> {
    const began = Date.now();
    // where nothing happens, no event comes at which the time could be looked at: then it is asked anew
    const patience = new AbortController();
    const within = target?.appearsWithinMs;
    const timer = within === undefined ? undefined : setTimeout(() => patience.abort(), within + 10);
    try {
      return await this.#watch(target, began, patience.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  async #watch(target: Target | undefined, began: number, patience: AbortSignal): Promise<readonly ApiRunDetail[]> {
    for (let tries = 0, lastId: string | null = null; ; tries++) {
      const signal = patience.aborted ? undefined : patience;
      try {
        let isFirst = true;
        for await (const { id, data } of this.#api.events('/api/events', lastId, signal)) {
          tries = 0;
          lastId = id ?? lastId;
          const event = data === '' ? undefined : eventSchema.parse(JSON.parse(data));
          if (event !== undefined) await this.#show(event, target);
          // the stream stands, so nothing is missed any more: what was before it is asked for
          const isOfInterest = isFirst || event === undefined || event.type === 'run.completed';
          const runs = isOfInterest ? await this.#completed(target, began) : undefined;
          if (runs !== undefined) return runs;
          isFirst = false;
        }
      } catch (error) {
        if (!(error instanceof UnreachableError)) throw error;
        const isOurs = signal?.aborted === true;
        if (tries === 0 && !isOurs) this.#terminal.say(`signalbox: ${error.message}; it is tried again`);
      }
      await new Promise((resolve) => setTimeout(resolve, backoffMs(tries, { maxMs: 2_000 })));
    }
  }

  /** The runs of the target, if all of them are complete. @throws {UnknownNameError} if none appeared in time. */
  async #completed(target: Target | undefined, began: number): Promise<readonly ApiRunDetail[] | undefined> {
    if (target === undefined) return undefined;
    const { run, sha = '' } = target;
    const runs = run === undefined ? (await this.#runsOf(sha)).runs : [await this.#run(run)];
    for (const one of runs) this.#showRun(one);
    if (runs.length === 0 && target.appearsWithinMs !== undefined) refuseAfter(target.appearsWithinMs, began, sha);
    if (runs.length === 0 && target.run === undefined) this.#sayWhatFor(sha);
    if (runs.length === 0 || runs.some(({ status }) => status !== 'completed')) return undefined;
    return Promise.all(runs.map(({ id }) => this.#run(id)));
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
    const isMeant = target === undefined || (target.run === undefined ? run.sha === target.sha : run.id === target.run);
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
