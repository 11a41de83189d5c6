import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { Workspace } from '../git/workspace.ts';
import { DISK_FLOOR_BYTES } from '../model/disk-floor.ts';
import { LEASE_DEFAULTS } from '../model/lease.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import type { ArtifactClient } from './actions/artifact-client.ts';
import { HttpArtifacts } from './actions/http-artifacts.ts';
import { KeptActions } from './actions/kept-actions.ts';
import { removeOfEarlierLife } from './containers/leftovers.ts';
import { DiskRoom } from './disk-room.ts';
import { baseEnvironment, type Environment } from './environment.ts';
import type { ExecutionOrder } from './execution-order.ts';
import type { ExecutionTools } from './execution-tools.ts';
import { Housekeeping } from './housekeeping.ts';
import { IdleProcesses } from './idle-processes.ts';
import { OutputPipes } from './output-pipe.ts';
import { MARKER_NAME, openProcessTable } from './process-table.ts';
import { ProcessTree, type StepStarter } from './process-tree.ts';
import { Slots } from './slots.ts';
import { Snapshots } from './snapshots.ts';
import { Spool } from './spool.ts';
import { type StartOrder, startHere } from './starter.ts';
import { StarterProcess } from './starter-process.ts';
import { Trash } from './trash.ts';
import { type JobWorkspace, Workspaces } from './workspaces.ts';

/** What the parts of a runner are made from. */
export interface PartsOptions {
  readonly name: string;
  readonly slots: number;
  /** The runner's own folder. */
  readonly home: string;
  /** Folder for what several runners of a machine can share (snapshots, caches). Default: `home`. */
  readonly shared?: string;
  /**
   * Goes before the id of a repository in the names of what is kept for its jobs (caches, snapshots): ids of different stores
   * mean different repositories. Default: none.
   */
  readonly keptPrefix?: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The runner's own environment. */
  readonly env: Environment;
  /** Opens the workspace in a folder. Default: one that checks out with git. */
  readonly openWorkspace?: (folder: string) => JobWorkspace;
  readonly limits?: Partial<RunnerLimits>;
  /** How much may still be written to the disk of a folder, in bytes. Default: what the system says. */
  readonly freeBytes?: (folder: string) => number;
  /** Program of a process that starts the steps. Default: none, the runner starts them itself. */
  readonly starterEntry?: string;
  /** That process died: how these will end cannot be known any more. Default: nothing is done. */
  readonly onStarterDied?: (lost: readonly StartOrder[]) => void;
  readonly urlOf: (path: string) => string;
  /** Where artifacts are kept. Default: at the dispatcher. */
  readonly artifactsOf?: (order: ExecutionOrder) => ArtifactClient;
  readonly isIdle: () => boolean;
}

/** Bounds of a runner. */
export interface RunnerLimits {
  /** From SIGTERM to SIGKILL, in milliseconds. Default 10 000. */
  readonly graceMs: number;
  /** How long steps may take that run although their job was stopped, in milliseconds. Default 300 000. */
  readonly lastStepsMs: number;
  /** An exclusive job ends after this long without a word from the dispatcher, in milliseconds. Default 20 000. */
  readonly exclusiveStopMs: number;
  /** For the output of processes that a step left behind, in milliseconds. Default 2 000. */
  readonly pipeMs: number;
  /** Nothing starts when less is free, in bytes. Default 500 MB. */
  readonly diskFloorBytes: number;
  /** Beyond this the least recently used workspaces go, in bytes. Default 20 GB. */
  readonly workspacesBytes: number;
  /** Beyond this the least recently used snapshots go, in bytes. Default 10 GB. */
  readonly snapshotsBytes: number;
}

const DEFAULTS: RunnerLimits = {
  graceMs: 10_000,
  pipeMs: 2_000,
  lastStepsMs: 300_000,
  exclusiveStopMs: LEASE_DEFAULTS.exclusiveStopMs,
  diskFloorBytes: DISK_FLOOR_BYTES,
  workspacesBytes: 20e9,
  snapshotsBytes: 10e9,
};

const NO_STARTER: StepStarter = { pid: undefined, isRunning: () => false };

/** The parts of a runner, put together. */
export interface RunnerParts {
  readonly spool: Spool;
  readonly slots: Slots;
  readonly tools: ExecutionTools;
  readonly housekeeping: Housekeeping;
  /** Starts the process that starts the steps, if there is to be one; until it is there the runner does that itself. */
  readonly startStarter: () => void;
  /**
   * Makes the folders, ends what an earlier life left running (and names it), and makes ready what a job needs. `wasOrderly`: that
   * life is known to have left nothing, so nobody is looked for.
   */
  start(wasOrderly?: boolean): Promise<string[]>;
  /** Ends what is done beside the jobs. */
  stop(): Promise<void>;
}

/** Puts the parts of a runner together. */
export function createParts(options: PartsOptions): RunnerParts {
  mkdirSync(options.home, { recursive: true, mode: 0o700 });
  const home = realpathSync(options.home);
  const shared = options.shared ?? home;
  const limits = { ...DEFAULTS, ...options.limits };
  const runnerKey = createHash('sha256').update(home).digest('hex').slice(0, 12);
  const processes = new IdleProcesses();
  const trash = new Trash(join(home, 'trash'), processes);
  const slots = new Slots(join(home, 'slots'), Math.max(1, options.slots), trash);
  const workspaces = new Workspaces({
    folder: join(home, 'workspaces'),
    limitBytes: limits.workspacesBytes,
    open: options.openWorkspace ?? ((folder) => new Workspace({ folder, logger: options.logger })),
    trash,
    processes,
  });
  const snapshots = new Snapshots({
    folder: join(shared, 'snapshots'),
    sparesFolder: join(home, 'spares'),
    runnerKey,
    limitBytes: limits.snapshotsBytes,
    trash,
    processes,
  });
  const { clock, logger, isIdle } = options;
  const actions = new KeptActions({ folder: join(shared, 'actions'), trash, processes });
  const housekeeping = new Housekeeping({ clock, logger, trash, workspaces, snapshots, actions, isIdle });
  const starter = starterOf(options, home);
  const tools: ExecutionTools = {
    clock,
    runnerName: options.name,
    runnerKey,
    base: baseEnvironment(options.env),
    own: options.env,
    pipes: new OutputPipes(join(home, 'pipes')),
    starter: starter?.begin ?? startHere,
    tree: new ProcessTree(openProcessTable(), clock, starter ?? NO_STARTER),
    workspaces,
    snapshots,
    caches: join(shared, 'caches'),
    keptPrefix: options.keptPrefix ?? '',
    actions: join(shared, 'actions'),
    room: new DiskRoom({ ...diskOf(options, limits), folder: home, makeRoom: () => housekeeping.makeRoom() }),
    times: limits,
    urlOf: options.urlOf,
    artifactsOf: options.artifactsOf ?? artifactsAt(options.urlOf),
  };
  const start = async (wasOrderly = false) => {
    const killed = wasOrderly ? [] : await tools.tree.endEarlier(`${runnerKey}/`);
    await removeOfEarlierLife(join(home, 'slots'));
    mkdirSync(tools.caches, { recursive: true, mode: 0o700 });
    for (const part of [trash, slots, workspaces, snapshots]) part.start();
    await tools.pipes.start(options.slots, wasOrderly);
    housekeeping.wake();
    return killed;
  };
  const stop = async () => {
    housekeeping.stop();
    const isStill = snapshots.stop();
    await Promise.all([processes.stop(), workspaces.stop(), starter?.stop()]);
    await isStill;
    tools.tree.close();
  };
  const startStarter = () => starter?.start();
  return { spool: new Spool(join(home, 'spool')), slots, tools, housekeeping, startStarter, start, stop };
}

function diskOf({ clock, freeBytes }: PartsOptions, { diskFloorBytes: floorBytes }: RunnerLimits) {
  return { clock, floorBytes, ...(freeBytes === undefined ? {} : { freeBytes }) };
}

function starterOf(options: PartsOptions, home: string): StarterProcess | undefined {
  const { starterEntry: entry, onStarterDied: onDied = () => {}, env: own, clock, logger } = options;
  if (entry === undefined) return undefined;
  // a runner may itself be a part of somebody's job, who finds what it leaves behind by this
  const marker = own[MARKER_NAME];
  const env = marker === undefined ? {} : { [MARKER_NAME]: marker };
  return new StarterProcess({ entry, label: home, env, clock, logger, onDied });
}

function artifactsAt(urlOf: PartsOptions['urlOf']): NonNullable<PartsOptions['artifactsOf']> {
  return ({ git }) => new HttpArtifacts({ url: () => urlOf('/artifacts'), ticket: git.ticket });
}
