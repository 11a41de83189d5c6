import { basename } from 'node:path';
import type { LoadedConfig } from '../../config/load.ts';
import { FoundTests } from '../../dispatcher/found-tests.ts';
import { type PlanEvent, planWorkflows } from '../../dispatcher/plan-workflows.ts';
import { pushEvent } from '../../dispatcher/pushed-commit.ts';
import { RemoteWorkflows } from '../../dispatcher/remote-workflows.ts';
import { ReusePlans } from '../../dispatcher/reuse-plans.ts';
import { type WorkflowFile, WorkflowFiles } from '../../dispatcher/workflow-files.ts';
import { ObjectReader } from '../../git/object-reader.ts';
import type { Snapshot } from '../../git/snapshot.ts';
import type { Plan } from '../../model/plan.ts';
import type { JobDefinition, Json } from '../../model/workflow.ts';
import type { DispatchedCommit, NewDispatch } from '../../store/new-dispatch.ts';
import type { RepositoryRecord } from '../../store/repositories.ts';
import { systemClock } from '../../support/clock.ts';
import type { Logger } from '../../support/logger.ts';
import { ownDefinition } from '../../workflow/parse-workflow.ts';
import { UsageError } from '../usage-error.ts';

/** What is asked for. */
export interface LocalRequest {
  readonly event: string;
  /** Full ref. */
  readonly ref: string;
  readonly payload: { readonly [key: string]: Json } | undefined;
  readonly inputs: Readonly<Record<string, string>>;
  readonly vars: Readonly<Record<string, string>>;
  /** File name or path of the only workflow. */
  readonly workflow: string | undefined;
  /** Id of the only job, with what it needs. */
  readonly job: string | undefined;
}

/** What {@link planLocally} works with. */
export interface LocalPlace {
  readonly repository: RepositoryRecord;
  readonly snapshot: Snapshot;
  readonly config: LoadedConfig;
  readonly logger: Logger;
  /** Where workflows of other repositories are fetched to. */
  readonly remoteFolder: string;
}

/** Reads the workflow files of a snapshot, or finds its tests, and says what is to be done: as the server would. */
export async function planLocally(request: LocalRequest, place: LocalPlace): Promise<NewDispatch> {
  const { repository, snapshot, config, logger } = place;
  await using reader = new ObjectReader({ gitDir: snapshot.gitDir });
  const commit = await reader.commit(snapshot.sha);
  const tree = reader.treeReader(snapshot.tree);
  const remote = new RemoteWorkflows({ folder: place.remoteFolder, settings: config.actions, clock: systemClock });
  const all = await new WorkflowFiles((uses) => remote.load(uses)).of(tree);
  const files = chosen(all, request);
  const event = await eventOf(reader, request, place);
  const plans =
    all.length === 0
      ? [await new FoundTests({ config, logger }).planOf(repository, reader, snapshot.tree)]
      : await planWorkflows(files, event, { repository, vars: request.vars, serverUrl: forgeOf(config) });
  if (plans.length === 0) throw new UsageError(`${noneFor(files, request)}`);
  const { sha, title, author, committedAt } = commit;
  const said = { sha, tree: snapshot.tree, title, author, committedAt, payload: event.payload, actor: event.actor };
  const { vars, job, event: name } = request;
  const reuse = new ReusePlans(config);
  const where = { tree: snapshot.tree, event: name, repository: repository.name, vars };
  // the verdict of one job is not that of the workflow
  const chosenJobs = job === undefined ? plans.map((plan) => reuse.of(plan, where)) : withJob(plans, job);
  const commits = chosenJobs.map((plan): DispatchedCommit => ({ ...said, plan }));
  const push = { repository: repository.id, event: request.event, ref: request.ref, before: sha, after: sha };
  return { ...push, trigger: 'manual', receivedAt: new Date(), commits };
}

/** What `github.server_url` is where no server is: that of the forge that actions come from. */
export function forgeOf({ actions }: LoadedConfig): string {
  return /^https?:/.test(actions.server) ? actions.server : 'https://github.com';
}

async function eventOf(reader: ObjectReader, request: LocalRequest, place: LocalPlace): Promise<PlanEvent> {
  const { event: name, ref, payload, inputs } = request;
  const { repository, snapshot } = place;
  const commit = await reader.commit(snapshot.sha);
  const defaultBranch = ref;
  const pushed = { sha: snapshot.sha, ref, before: null, ...(payload === undefined ? {} : { payload }) };
  const push = await pushEvent(reader, commit, pushed, { ...repository, defaultBranch });
  if (name === 'push') return { ...push, inputs };
  const { changedPaths, message, actor, sha } = push;
  return { name, ref, sha, actor, message, changedPaths, inputs, payload: payload ?? standIn(name, push, inputs) };
}

/** What an event would tell of this commit, as far as it can be known without a forge. */
function standIn(event: string, push: PlanEvent, inputs: LocalRequest['inputs']): { readonly [key: string]: Json } {
  const { repository = null, sender = null } = push.payload;
  const common = { repository, sender };
  if (!event.startsWith('pull_request'))
    return { ...common, ref: push.ref, ...(event === 'workflow_dispatch' ? { inputs } : {}) };
  const ref = push.ref.replace(/^refs\/heads\//, '');
  const side = { repo: repository, sha: push.sha, ref };
  return {
    ...common,
    action: 'synchronize',
    number: 1,
    pull_request: { number: 1, head: side, base: side, draft: false },
  };
}

function chosen(files: readonly WorkflowFile[], { workflow }: LocalRequest): readonly WorkflowFile[] {
  if (workflow === undefined) return files;
  const found = files.filter(({ path }) => path === workflow || basename(path) === workflow);
  if (found.length > 0) return found;
  const names = files.map(({ path }) => basename(path)).join(', ');
  throw new UsageError(`there is no workflow file "${workflow}"; there is ${names || 'none'}`);
}

function noneFor(files: readonly WorkflowFile[], { event }: LocalRequest): string {
  const events = files.flatMap(({ path, parsed }) => {
    const on = ownDefinition(parsed)?.on;
    const names = Object.keys({ ...on, ...on?.others }).filter((key) => key !== 'others');
    return on === undefined ? [] : [`${basename(path)} (${names.join(', ')})`];
  });
  return `no workflow file is for the event ${event}; say another one with --event: ${events.join(', ')}`;
}

/** Only this job and what it needs. */
function withJob(plans: readonly Plan[], id: string): readonly Plan[] {
  const reduced = plans.flatMap((plan): readonly Plan[] => {
    if (plan.definition === undefined) {
      const jobs = plan.jobs.filter(({ key }) => key === id);
      return jobs.length > 0 ? [{ ...plan, jobs }] : [];
    }
    const jobs = neededBy(plan.definition.jobs, id);
    return jobs.length > 0 ? [{ ...plan, definition: { ...plan.definition, jobs } }] : [];
  });
  if (reduced.length > 0) return reduced;
  // what keeps a workflow from running says more than that the job is not there
  const stopped = plans.filter(({ error, skipped }) => error !== undefined || skipped !== undefined);
  if (stopped.length > 0) return stopped;
  const ids = plans.flatMap((plan) => [
    ...plan.jobs.map(({ key }) => key),
    ...(plan.definition?.jobs ?? []).map((job) => job.id),
  ]);
  throw new UsageError(`there is no job "${id}"; there is ${ids.join(', ') || 'none'}`);
}

function neededBy(jobs: readonly JobDefinition[], id: string): readonly JobDefinition[] {
  const wanted = new Set<string>();
  const add = (one: string) => {
    const job = jobs.find((candidate) => candidate.id === one);
    if (job === undefined || wanted.has(one)) return;
    wanted.add(one);
    job.needs.forEach(add);
  };
  add(id);
  return jobs.filter((job) => wanted.has(job.id));
}
