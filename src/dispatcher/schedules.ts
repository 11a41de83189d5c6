import { Cron } from 'croner';
import type { RepositoryRecord } from '../store/repositories.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import { ownDefinition } from '../workflow/parse-workflow.ts';
import type { Background } from './background.ts';
import type { DefaultWorkflows } from './default-workflows.ts';
import type { EventIntake } from './event-intake.ts';
import { repositoryPayload } from './push-payload.ts';
import type { RepositoryRefs } from './repository-refs.ts';

/** One line of `on.schedule`. */
export interface Schedule {
  readonly repository: number;
  /** Of the workflow file. */
  readonly path: string;
  readonly workflow: string;
  readonly cron: string;
  readonly timezone: string;
  /** When it is due next; null: never again. */
  readonly next: Date | null;
}

/** What {@link Schedules} needs. */
export interface SchedulesOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly background: Background;
  readonly workflows: DefaultWorkflows;
  readonly refs: RepositoryRefs;
  readonly intake: EventIntake;
}

/** A timer never waits longer, in milliseconds: the clock of the machine may be set, or have slept. */
const LOOK_MS = 60_000;
/** What is later than this was missed and is not made up for, in milliseconds. */
const MISSED_MS = 300_000;

/**
 * Starts workflows when their schedule says so. Nothing is kept on the disk: the instant that was planned is part of what
 * identifies a run, so that a restart at that very moment doubles nothing, and what was missed is over.
 */
export class Schedules {
  readonly #options: SchedulesOptions;
  #planned = new Map<string, Schedule & { readonly of: RepositoryRecord; readonly line: Cron }>();
  #stopListening = () => {};
  #cancelTimer = () => {};

  constructor(options: SchedulesOptions) {
    this.#options = options;
  }

  /** Begins to look at the clock. */
  start(): void {
    this.#stopListening = this.#options.workflows.onChange(() => this.#plan());
    this.#plan();
  }

  /** Starts nothing any more. Safe twice and before `start`. */
  stop(): void {
    this.#stopListening();
    this.#cancelTimer();
  }

  /** Those of a repository, the next one first. */
  of(repository: number): readonly Schedule[] {
    const own = [...this.#planned.values()].filter((one) => one.repository === repository);
    const at = ({ next }: Schedule) => next?.getTime() ?? Number.POSITIVE_INFINITY;
    return own
      .sort((a, b) => at(a) - at(b))
      .map(({ path, workflow, cron, timezone, next }) => ({ repository, path, workflow, cron, timezone, next }));
  }

  /** Takes over what is planned already: a branch that moves at that very moment must not skip it. */
  #plan(): void {
    const { workflows, clock } = this.#options;
    const before = this.#planned;
    this.#planned = new Map();
    for (const { repository: of, files } of workflows.all) {
      for (const { path, parsed } of files) {
        const { name: workflow = path, on } = ownDefinition(parsed) ?? {};
        for (const { cron, timezone = 'UTC' } of on?.schedule ?? []) {
          const key = `${of.id} ${path} ${timezone} ${cron}`;
          const line = this.#lineOf(cron, timezone, of);
          if (line === undefined) continue;
          const next = before.get(key)?.next ?? line.nextRun(clock.now());
          this.#planned.set(key, { repository: of.id, path, workflow, cron, timezone, next, of, line });
        }
      }
    }
    this.#arm();
  }

  #lineOf(cron: string, timezone: string, { name }: RepositoryRecord): Cron | undefined {
    try {
      return new Cron(cron, { timezone, paused: true });
    } catch (error) {
      this.#options.logger.warn({ repository: name, cron }, `a schedule cannot be kept: ${messageOf(error)}`);
      return undefined;
    }
  }

  #arm(): void {
    const { clock } = this.#options;
    this.#cancelTimer();
    const nexts = [...this.#planned.values()].flatMap(({ next }) => next?.getTime() ?? []);
    if (nexts.length === 0) return;
    const waitMs = Math.min(...nexts) - clock.now().getTime();
    this.#cancelTimer = clock.after(Math.min(Math.max(waitMs, 0), LOOK_MS), () => this.#look());
  }

  #look(): void {
    const { clock, background, logger } = this.#options;
    const now = clock.now();
    for (const [key, planned] of this.#planned) {
      const { next, line, of, cron } = planned;
      if (next === null || next > now) continue;
      this.#planned.set(key, { ...planned, next: line.nextRun(now) });
      if (now.getTime() - next.getTime() > MISSED_MS)
        logger.warn(
          { repository: of.name, cron, at: next.toISOString() },
          'a schedule was missed; it is not made up for',
        );
      else background.run('start a scheduled workflow', () => this.#start(planned, next));
    }
    this.#arm();
  }

  async #start({ of, path, cron }: Schedule & { readonly of: RepositoryRecord }, planned: Date): Promise<void> {
    const { refs, workflows, intake, clock } = this.#options;
    // a remote that cannot be asked now has what it had when it was asked last
    const at = (await refs.defaultBranch(of).catch(() => undefined)) ?? workflows.named(of.name);
    if (at === undefined) return;
    const { ref, sha } = at;
    const [owner = ''] = of.name.split('/');
    await intake.happened(of, {
      ...{ name: 'schedule', ref, sha, only: path, actor: owner },
      payload: { schedule: cron, workflow: path, repository: repositoryPayload({ ...of, defaultBranch: ref }) },
      ...{ occurrence: `${planned.toISOString()} ${cron}`, trigger: 'schedule', receivedAt: clock.now() },
    });
  }
}
