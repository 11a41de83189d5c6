import { join } from 'node:path';
import type { Json } from '../model/workflow.ts';
import type { EventRecord, EventType } from '../store/event-record.ts';
import type { RunRecord } from '../store/run-record.ts';
import type { Store } from '../store/store.ts';
import { CiError } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Component } from '../support/component.ts';
import type { Logger } from '../support/logger.ts';
import { ownDefinition } from '../workflow/parse-workflow.ts';
import type { Background } from './background.ts';
import type { DefaultBranch, DefaultWorkflows } from './default-workflows.ts';
import { EventFollower } from './event-follower.ts';
import type { EventIntake } from './event-intake.ts';
import { personOf, repositoryPayload, shortName } from './push-payload.ts';
import type { RepositoryRefs } from './repository-refs.ts';

/** What {@link WorkflowRuns} needs. */
export interface WorkflowRunsOptions {
  readonly home: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly background: Background;
  readonly workflows: DefaultWorkflows;
  readonly refs: RepositoryRefs;
  readonly intake: EventIntake;
  readonly serverUrl: () => string;
}

/** What GitHub calls what happens to a run. */
const ACTIONS: Partial<Record<EventType, string>> = {
  'run.queued': 'requested',
  'run.started': 'in_progress',
  'run.completed': 'completed',
};
/** So many workflows follow each other at most, as on GitHub: else two that follow each other would never end. */
const MAX_CHAIN = 3;

/** Starts workflows that follow others: `workflow_run`, from the files of the default branch. */
export class WorkflowRuns implements Component {
  readonly #options: WorkflowRunsOptions;
  readonly #follower: EventFollower;

  constructor(options: WorkflowRunsOptions) {
    this.#options = options;
    this.#follower = new EventFollower({
      ...options,
      cursorFile: join(options.home, 'workflow-runs.cursor'),
      begin: 'now', // what happened before somebody followed it is an old story
      what: 'start workflows that follow others',
      take: async (events) => {
        for (const event of events) await this.#take(event);
      },
    });
  }

  start(): Promise<void> {
    return this.#follower.start();
  }

  stop(): Promise<void> {
    return this.#follower.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #take({ type, run, repository, data }: EventRecord): Promise<void> {
    const action = ACTIONS[type];
    if (action === undefined || run === null || repository === null) return;
    const branch = this.#options.workflows.named(repository);
    if (branch === undefined || !isFollowed(branch, String(data.workflow), action)) return;
    const found = await this.#options.store.run(run);
    // a run without jobs is one that a filter skipped, or a file with errors: on GitHub there would be none
    if (found === undefined || found.run.path === null || found.jobs.length === 0) return;
    // an old commit that is tested for a purpose of this program's own must not be deployed
    if (found.run.purpose !== null) return;
    try {
      await this.#start(branch, found.run, action);
    } catch (error) {
      if (!(error instanceof CiError)) throw error;
      this.#options.background.report('start a workflow that follows another', error);
    }
  }

  async #start(branch: DefaultBranch, run: RunRecord, action: string): Promise<void> {
    const { refs, intake, clock, logger, serverUrl } = this.#options;
    const chain = chainOf(run) + 1;
    const { repository } = branch;
    if (chain > MAX_CHAIN) {
      const context = { repository: repository.name, run: run.number };
      logger.warn(context, `more than ${MAX_CHAIN} workflows follow each other; the next one is not started`);
      return;
    }
    const { ref, sha } = (await refs.defaultBranch(repository).catch(() => undefined)) ?? branch;
    const own = repositoryPayload({ ...repository, defaultBranch: ref });
    await intake.happened(repository, {
      ...{ name: 'workflow_run', ref, sha, actor: run.actor ?? '' },
      payload: workflowRunPayload(run, { action, repository: own, page: serverUrl() }),
      ...{ occurrence: `${run.id}/${run.attempt}/${action}/${chain}`, trigger: 'workflow_run' as const },
      receivedAt: clock.now(),
    });
  }
}

/** Does a file of the default branch follow this workflow? Its filters are looked at later. */
function isFollowed({ files }: DefaultBranch, workflow: string, action: string): boolean {
  return files.some(({ parsed }) => {
    const on = ownDefinition(parsed)?.on.workflow_run;
    return on?.workflows.includes(workflow) === true && (on.types?.includes(action) ?? true);
  });
}

/** How many workflows followed each other up to this run; 0: it followed none. */
function chainOf({ event, occurrence }: RunRecord): number {
  return event === 'workflow_run' ? Number(occurrence.split('/')[3] ?? 1) : 0;
}

/** A run as GitHub's payloads show it, as far as it is known here. */
function workflowRunPayload(
  run: RunRecord,
  { action, repository, page }: { action: string; repository: { readonly [key: string]: Json }; page: string },
): { readonly [key: string]: Json } {
  const { id, number, workflow, path, sha, ref, event, status, attempt, title } = run;
  const login = run.actor ?? personOf(run.author).name;
  const person = { login, type: 'User' };
  return {
    action,
    workflow: { name: workflow, path: path ?? '', state: 'active' },
    workflow_run: {
      ...{ id, name: workflow, path: path ?? '', run_number: number, run_attempt: attempt, display_title: title },
      ...{ head_branch: shortName(ref), head_sha: sha, event, status, conclusion: conclusionOf(run) },
      ...{ actor: person, triggering_actor: person, html_url: `${page}/runs/${id}`, pull_requests: [] },
      created_at: run.createdAt.toISOString(),
      run_started_at: (run.startedAt ?? run.createdAt).toISOString(),
      updated_at: (run.completedAt ?? run.startedAt ?? run.createdAt).toISOString(),
      head_commit: {
        ...{ id: sha, message: title, timestamp: run.committedAt.toISOString(), author: personOf(run.author) },
      },
      ...{ repository, head_repository: repository },
    },
    ...{ repository, sender: person },
  };
}

/** GitHub has no conclusion of its own for what could not be tested. */
function conclusionOf({ conclusion }: RunRecord): string | null {
  return conclusion === 'error' ? 'failure' : conclusion;
}
