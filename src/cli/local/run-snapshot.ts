import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { settingsOf } from '../../config/config.ts';
import type { LoadedConfig } from '../../config/load.ts';
import type { FoundRepository, Snapshot } from '../../git/snapshot.ts';
import type { ExecutionOrder } from '../../runner/execution-order.ts';
import type { ClaimedJob } from '../../store/claim.ts';
import type { JobRecord } from '../../store/job-record.ts';
import { openStore } from '../../store/open-store.ts';
import type { Store } from '../../store/store.ts';
import type { Logger } from '../../support/logger.ts';
import { createExpander } from '../../workflow/expander.ts';
import { jobContexts } from '../../workflow/job-contexts.ts';
import { workflowSchema } from '../../workflow/workflow-schema.ts';
import { MACHINE_LABELS } from '../machine-labels.ts';
import type { stopSignals } from '../signals.ts';
import type { LiveOutput } from './live-output.ts';
import { forgeOf, type LocalRequest, planLocally } from './local-plan.ts';
import { type LocalResult, LocalRun } from './local-run.ts';
import { type LocalEvents, LocalRunner } from './local-runner.ts';

/** What is executed. */
export interface SnapshotRequest extends LocalRequest {
  readonly name: string;
  readonly repository: FoundRepository;
  readonly snapshot: Snapshot;
  readonly secrets: Readonly<Record<string, string>>;
  /** Added to the environment of every step. */
  readonly env: Readonly<Record<string, string>>;
}

/** Where it is executed. */
export interface SnapshotPlace {
  /** The caller has the lock of it. */
  readonly folder: string;
  readonly shared: string;
  readonly keptPrefix: string;
  readonly config: LoadedConfig;
  readonly logger: Logger;
  readonly env: NodeJS.ProcessEnv;
  readonly slots: number;
}

/** Who hears of it, and who may end it. */
export interface SnapshotListener {
  readonly output: ((showNames: boolean) => LiveOutput) | undefined;
  readonly signals: Pick<ReturnType<typeof stopSignals>, 'drain' | 'now'>;
}

/** What executes it, and remembers it for as long as that takes. */
export interface LocalParts extends AsyncDisposable {
  readonly store: Store;
  readonly runner: LocalRunner;
}

/** Opens the parts of a server that it takes, in this process and with a store that is thrown away. */
export async function openLocalParts(name: string, place: SnapshotPlace): Promise<LocalParts> {
  const { folder, config, logger, slots, env, shared, keptPrefix } = place;
  const settings = settingsOf(config, name);
  const expander = createExpander({
    labels: config.labels,
    timeoutMs: settings.timeoutMs,
    logLimitBytes: settings.logLimitBytes,
    envPass: settings.envPass,
    reports: settings.reports,
    retryJobs: 0, // who waits for it wants to see each failure
    actions: config.actions,
  });
  const runner = new LocalRunner({ folder, shared, keptPrefix, slots, env, logger });
  const starting = runner.start();
  starting.catch(() => {}); // told where it is awaited
  const store = await openStore({ path: ':memory:', expander, schemaFolder: folder, serverUrl: () => forgeOf(config) });
  await setImmediate(); // git has added the files by now, and can write the tree
  workflowSchema(); // needed in a moment, and git is still busy
  const close = async () => {
    await runner.stop();
    await store.close();
  };
  try {
    await starting;
  } catch (error) {
    await close();
    throw error;
  }
  return { store, runner, [Symbol.asyncDispose]: close };
}

/** Plans and executes a snapshot. */
export async function runSnapshot(
  request: SnapshotRequest,
  { folder, config, logger, slots }: SnapshotPlace,
  { store, runner }: LocalParts,
  { output, signals }: SnapshotListener,
): Promise<readonly LocalResult[]> {
  const now = new Date();
  const { repository: found, snapshot, name, vars } = request;
  const baseline = { name, sources: [found.workTree], gitDir: snapshot.gitDir, secret: '-', baseline: {} };
  const repository = await store.addRepository(baseline, now);
  for (const [key, value] of Object.entries(vars))
    await store.vault.setVariable({ repository: repository.id, environment: null }, key, value, now);
  await store.runnerSeen(MACHINE_LABELS, now);
  const dispatch = await planLocally(request, {
    ...{ repository, snapshot, config, logger },
    remoteFolder: join(folder, 'workflows'),
  });
  const ids = await store.dispatch(dispatch, now);
  const isOne = dispatch.commits.length === 1 && (dispatch.commits[0]?.plan.definition?.jobs.length ?? 1) === 1;
  const live = output?.(!isOne);
  const objects = [join(snapshot.gitDir, 'objects'), found.objects];
  const local = new LocalRun({
    ...{ store, runner, slots, labels: MACHINE_LABELS },
    orderOf: async (claimed) => orderOf(claimed, request, objects),
    eventsOf: (job) => eventsOf(job, live),
  });
  store.onCancelled(({ job, execution, why }) =>
    runner.stopOne({ job, execution }, { conclusion: 'cancelled', reason: why }),
  );
  void signals.drain.then(async () => {
    for (const id of ids) await store.cancel(id, 'cancelled by Ctrl-C', new Date()).catch(() => {});
  });
  void signals.now.then(() => runner.killAll({ conclusion: 'cancelled', reason: 'cancelled by Ctrl-C, twice' }));
  const reuse = new Map(ids.map((id, at) => [id, dispatch.commits[at]?.plan.reuse]));
  const results = await local.finish(ids);
  return results.map((result) => ({ ...result, reuse: reuse.get(result.run.id) }));
}

function orderOf(claimed: ClaimedJob, request: SnapshotRequest, objects: readonly string[]): ExecutionOrder {
  const { job, execution, run, repository, sha, tree, spec, workflow } = claimed;
  const { vars, secrets } = request;
  const contexts = workflow === undefined ? undefined : jobContexts(workflow, { vars, secrets });
  return {
    ...{ job, execution, run, sha, tree },
    repository: { id: repository.id, name: repository.name },
    spec: { ...spec, env: { ...spec.env, ...request.env } },
    git: { objects: [...objects], path: '', ticket: '' },
    ...(contexts === undefined ? {} : { contexts }),
  };
}

function eventsOf({ name }: JobRecord, live: LiveOutput | undefined): LocalEvents & { end(): void } {
  const output = live?.job(name);
  return {
    output: (bytes) => output?.bytes(bytes),
    started: () => {},
    step: (step) => output?.step(step),
    end: () => output?.end(),
  };
}
