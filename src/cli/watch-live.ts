import { type Conclusion, worstOf } from '../model/conclusion.ts';
import { type Api, UnreachableError } from '../protocol/api.ts';
import { type ApiRunDetail, eventSchema, runSchema, runsSchema } from '../protocol/api-schema.ts';
import { backoffMs } from '../support/backoff.ts';
import { LiveBlock } from './draw/live-block.ts';
import { expectedMs } from './draw/progress.ts';
import { FRAME_MS, watchedLines } from './draw/watched.ts';
import { runsPath } from './find-run.ts';
import type { Terminal } from './terminal.ts';
import { UnknownNameError } from './usage-error.ts';
import { shortSha } from './views.ts';

/** Which runs are waited for. */
export interface Target {
  readonly run?: number;
  readonly sha?: string;
  readonly repository?: string | undefined;
  /** How long the first run of a commit is waited for, in milliseconds; without it, for ever. */
  readonly appearsWithinMs?: number;
}

/** Time between two looks at a run in which something happens, in milliseconds. */
const LOOK_MS = 250;

/** Draws the runs of a target in place, on a terminal, until they are complete. */
export class LiveWatch {
  readonly #api: Api;
  readonly #terminal: Terminal;
  readonly #target: Target;
  readonly #block: LiveBlock;
  readonly #expected = new Map<number, number | undefined>();
  readonly #began = Date.now();
  #runs: readonly ApiRunDetail[] = [];
  #isStale = true;
  #trouble = '';

  constructor(api: Api, terminal: Terminal, target: Target) {
    this.#api = api;
    this.#terminal = terminal;
    this.#target = target;
    this.#block = new LiveBlock(terminal);
  }

  /** The runs when all of them are complete. @throws {UnknownNameError} if none appears in time. */
  async watch(): Promise<readonly ApiRunDetail[]> {
    const ending = new AbortController();
    const drawing = setInterval(() => this.#draw(), FRAME_MS);
    const listening = this.#listen(ending.signal);
    try {
      while (!this.#isOver()) {
        if (this.#isStale) await this.#look();
        this.#draw();
        if (!this.#isOver()) await pause(LOOK_MS);
      }
      return this.#runs;
    } finally {
      clearInterval(drawing);
      ending.abort();
      await listening;
      this.#block.clear();
    }
  }

  #isOver(): boolean {
    return this.#runs.length > 0 && this.#runs.every(({ status }) => status === 'completed');
  }

  /** Asks for the runs anew, and once for each how long it should take. */
  async #look(): Promise<void> {
    this.#isStale = false;
    try {
      const ids = this.#target.run === undefined ? await this.#idsOfCommit() : [this.#target.run];
      this.#runs = await Promise.all(ids.map((id) => this.#api.get(`/api/runs/${id}`, runSchema)));
      for (const run of this.#runs)
        if (!this.#expected.has(run.id)) this.#expected.set(run.id, await expectedMs(this.#api, run));
      this.#trouble = '';
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      this.#trouble = `${error.message}; it is tried again`;
      this.#isStale = true;
    }
    const { appearsWithinMs: patience, sha = '' } = this.#target;
    if (this.#runs.length > 0) return;
    this.#isStale = true;
    if (patience !== undefined) refuseAfter(patience, this.#began, sha);
  }

  async #idsOfCommit(): Promise<readonly number[]> {
    const { sha, repository } = this.#target;
    const { runs } = await this.#api.get(runsPath({ sha, repository }), runsSchema);
    return runs.map(({ id }) => id).sort((a, b) => a - b);
  }

  /** Whatever happens to our runs makes what is shown stale. */
  async #listen(signal: AbortSignal): Promise<void> {
    for (let tries = 0, lastId: string | null = null; !signal.aborted; tries++) {
      try {
        for await (const { id, data } of this.#api.events('/api/events', lastId, signal)) {
          tries = 0;
          lastId = id ?? lastId;
          const event = data === '' ? undefined : eventSchema.parse(JSON.parse(data));
          if (this.#isOurs(event?.run)) this.#isStale = true;
        }
      } catch (error) {
        if (!(error instanceof UnreachableError) && !signal.aborted) throw error;
      }
      this.#isStale = true; // something may have been missed
      if (!signal.aborted) await pause(backoffMs(tries, { maxMs: 2_000 }));
    }
  }

  #isOurs(run: number | null | undefined): boolean {
    if (run === null || run === undefined) return false;
    return this.#target.run === undefined || this.#target.run === run;
  }

  #draw(): void {
    const now = new Date();
    const watched = this.#runs.map((run) => ({ run, expected: this.#expected.get(run.id) }));
    const { colours } = this.#terminal;
    const waiting = `◌ waiting for the push of ${shortSha(this.#target.sha ?? '')}`;
    const lines = watched.length === 0 ? [colours.dim(waiting)] : watchedLines(watched, this.#terminal, now);
    this.#block.draw(this.#trouble === '' ? lines : [...lines, colours.yellow(this.#trouble)]);
  }
}

/** @throws {UnknownNameError} if no run of a commit has appeared for so long. */
export function refuseAfter(patienceMs: number, began: number, sha: string): void {
  if (Date.now() - began <= patienceMs) return;
  throw new UnknownNameError(
    `no run of ${shortSha(sha)} after ${patienceMs / 1000} s; is it pushed, and its repository watched ("signalbox repos")?`,
  );
}

/** The worst conclusion of runs that are complete. */
export function verdictOf(runs: readonly ApiRunDetail[]): Conclusion {
  return worstOf(runs.flatMap(({ conclusion }) => conclusion ?? []));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
