import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type Config, DEFAULT_ARTIFACTS } from '../config/config.ts';
import type { TokenMaker } from '../config/host-tokens.ts';
import { NotARepositoryError } from '../git/git-error.ts';
import { serveUploadPack } from '../git/upload-pack.ts';
import { LEASE_DEFAULTS } from '../model/lease.ts';
import type { ClaimedJob } from '../store/claim.ts';
import type { LogStore } from '../store/log-store.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import type { HostPort } from '../support/host-port.ts';
import type { Logger } from '../support/logger.ts';
import { ArtifactService } from './artifact-service.ts';
import { Background } from './background.ts';
import { ClassicDoor } from './classic-door.ts';
import { ClassicPool } from './classic-pool.ts';
import type { ConnectedRunner } from './connected-runner.ts';
import { CulpritSearch } from './culprit.ts';
import { DefaultWorkflows } from './default-workflows.ts';
import { DispatchIntake } from './dispatch-intake.ts';
import { EventIntake } from './event-intake.ts';
import { GitService } from './git-service.ts';
import { Giver } from './giver.ts';
import { contextsOf } from './job-contexts.ts';
import { Leases, type LeaseTimes } from './leases.ts';
import { LogIntake } from './log-intake.ts';
import { ManualDispatch } from './manual-dispatch.ts';
import { MirrorUpkeep } from './mirror-upkeep.ts';
import { NativeDoor } from './native-door.ts';
import { ObserverDoor } from './observer-door.ts';
import { Pace } from './pace.ts';
import { Pool } from './pool.ts';
import { Progress } from './progress.ts';
import { Reaper } from './reaper.ts';
import { makeRepositoryParts, type RepositoryParts as Repositories } from './repository-parts.ts';
import { Results } from './results.ts';
import { openRunner, type RunnerDesk } from './runner-door.ts';
import { Schedules } from './schedules.ts';
import { SearchUpkeep } from './search-upkeep.ts';
import { takeOver } from './take-over.ts';
import { TcpServer } from './tcp-server.ts';
import { TestResults } from './test-results.ts';
import { Tickets } from './tickets.ts';
import { Traces } from './traces.ts';
import { Upkeep } from './upkeep.ts';
import { VerdictUpkeep } from './verdict-upkeep.ts';
import { WorkflowRuns } from './workflow-runs.ts';

/** What a dispatcher needs. */
export interface DispatcherOptions {
  readonly home: string;
  /** Stays open when the dispatcher stops; so do the logs. */
  readonly store: Store;
  readonly logs: LogStore;
  readonly config: Pick<Config, 'defaults' | 'repositories' | 'classicRepository'> &
    Partial<Pick<Config, 'artifacts' | 'labels' | 'actions' | 'forges' | 'retention' | 'otel'>>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The home's token: whoever has it may speak the native protocol. */
  readonly token: string;
  readonly listen: HostPort;
  /** Where the page is, for the expressions of workflow files. Default: ''. */
  readonly serverUrl?: () => string;
  /** Makes tokens for clone and fetch, such as a GitHub App's. Default: those of the configuration alone. */
  readonly makeToken?: TokenMaker;
  /** The times that leases live by; what is missing is as in {@link LEASE_DEFAULTS}. */
  readonly times?: Partial<LeaseTimes>;
}

/** What the parts tell the whole. */
export interface PartsEvents {
  fatal(error: Error): void;
  /** A runner came, went or began to drain. */
  changed(): void;
  /** The last connection of a runner is gone. */
  gone(runner: ConnectedRunner): void;
}

/** The parts of a dispatcher, put together. */
export type Parts = Core & Repositories & Work & Doors;

/** Makes the parts of a dispatcher; none of them does anything yet. */
export function makeParts(options: DispatcherOptions, events: PartsEvents): Parts {
  const times = { ...LEASE_DEFAULTS, ...options.times };
  const core = makeCore(options, events, times);
  const repositories = makeRepositoryParts(options);
  const work = makeWork(options, core, repositories);
  return { ...core, ...repositories, ...work, ...makeDoors(options, events, { ...core, ...repositories, ...work }) };
}

type Core = ReturnType<typeof makeCore>;
type Work = ReturnType<typeof makeWork>;
type Doors = ReturnType<typeof makeDoors>;

/** Who holds what, and who gets what. */
function makeCore(options: DispatcherOptions, events: PartsEvents, times: LeaseTimes) {
  const { store, clock, logger } = options;
  const background = new Background({ logger, fatal: events.fatal });
  const leases = new Leases({ store, clock, background, times });
  const { reconnectMs } = times;
  const pool = new Pool({ clock, reconnectMs, changed: events.changed, gone: events.gone });
  const tell = (job: ClaimedJob) => contextsOf(job, store.vault);
  const traces = new Traces({ ...options, background, endpoint: options.config.otel?.endpoint ?? null });
  const told = (job: ClaimedJob) => traces.told(job);
  const giver = new Giver({ store, clock, leases, pool, background, contextsOf: tell, told });
  return { background, leases, pool, giver, traces, pace: new Pace() };
}

/** What comes in from observers and runners, on its way to the disk. */
function makeWork(
  options: DispatcherOptions,
  core: Core,
  { planner, registry, follower, mirrors, commits, refs, branches }: Repositories,
) {
  const { home, store, logs, clock } = options;
  const { background } = core;
  const repository = (id: number) => registry.get(id);
  const eventIntake = new EventIntake({ ...options, ...core, planner, commits, refs, repository });
  const workflows = new DefaultWorkflows({ ...core, registry, refs, branches, planner });
  const intake = new LogIntake({ logs, clock, background });
  const progress = new Progress({ ...options, ...core });
  const results = new Results({ ...options, ...core, intake, progress });
  return {
    intake,
    progress,
    results,
    dispatches: new DispatchIntake({
      ...options,
      ...core,
      repository,
      plan: (repository, pushed) => planner.push(repository, pushed),
      stored: (repository, at) => {
        follower.follow(repository);
        workflows.moved(repository, at);
      },
    }),
    eventIntake,
    workflows,
    schedules: new Schedules({ ...options, ...core, workflows, refs, intake: eventIntake }),
    workflowRuns: new WorkflowRuns({
      ...options,
      ...core,
      workflows,
      refs,
      intake: eventIntake,
      serverUrl: options.serverUrl ?? (() => ''),
    }),
    manual: new ManualDispatch({ clock, planner, refs, intake: eventIntake }),
    culprits: new CulpritSearch({
      ...options,
      ...core,
      repositories: () => store.repositories(),
      plan: (repository, pushed) => planner.push(repository, pushed),
      lineOf: (repository, sha) => commits.line(repository, sha),
    }),
    verdictUpkeep: new VerdictUpkeep({ ...options, ...core }),
    upkeep: new MirrorUpkeep({ ...options, ...core, registry, mirrors }),
    retention: new Upkeep({ ...options, ...core }),
    search: new SearchUpkeep({ ...options, ...core }),
    reaper: new Reaper({ ...options, ...core, intake, results }),
    testResults: new TestResults({
      ...{ folder: join(home, 'test_results'), store, logs, clock, background },
      isBusy: () => core.leases.isAnyHeld,
    }),
  };
}

/** How they come in. */
function makeDoors(options: DispatcherOptions, events: PartsEvents, parts: Core & Repositories & Work) {
  const { store, listen } = options;
  const { background, leases, registry, mirrors, dispatches, eventIntake, access } = parts;
  const tickets = new Tickets(options.token);
  const desk: RunnerDesk = {
    ...options,
    ...parts,
    changed: events.changed,
    takeOver: (session, hello) => takeOver(session, hello, { ...parts, store }),
    ticketOf: (key) => tickets.of(key),
    objectsOf: (repository) => mirrors.objectsOf(repository),
  };
  const observers = new ObserverDoor({
    ...{ background, times: leases.times, config: options.config },
    repositories: () => registry.list(),
    credentialOf: (id) => access.ownOf(id),
    credentialKinds: () => store.credentials.kinds(),
    add: async ({ source, before }) => (await registry.add({ source, before })).id,
    dispatch: (message) => dispatches.take(message),
    event: (message) => eventIntake.take(message),
  });
  const native = new NativeDoor({
    ...options,
    silenceMs: leases.times.heartbeatMs * 4,
    open: (hello, protocol, connection) => {
      if (hello.role === 'observer') return observers.open(protocol, connection);
      return hello.runner && openRunner(hello, hello.runner, protocol, connection, desk);
    },
  });
  const { serverUrl = () => '', config } = options;
  const artifacts = new ArtifactService({ ...options, serverUrl, settings: config.artifacts ?? DEFAULT_ARTIFACTS });
  const git = new GitService({
    ...options,
    background,
    tickets,
    serve: (request, response, id) => serveGit(request, response, id, parts),
    serveArtifacts: (request, response, key) => artifacts.serve(request, response, key),
  });
  const classics = new ClassicPool({ ...options, ...parts });
  const classic = new ClassicDoor({ ...options, ...parts, classics });
  const server = new TcpServer({
    ...options,
    listen,
    classic: (socket, bytes) => classic.accept(socket, bytes),
    native: (socket, bytes) => native.accept(socket, bytes),
    http: (socket, bytes) => git.accept(socket, bytes),
  });
  return { observers, native, git, classics, classic, server };
}

/** Serves a repository from its own folder, or from the mirror where it has none (any more). */
async function serveGit(
  request: IncomingMessage,
  response: ServerResponse,
  id: number,
  { registry, mirrors }: Repositories,
): Promise<void> {
  const { gitDir = null } = (await registry.get(id)) ?? {};
  const folder = gitDir !== null && existsSync(gitDir) ? gitDir : mirrors.pathOf(id);
  if (!existsSync(folder)) throw new NotARepositoryError(gitDir ?? folder, 'there is no such folder (any more)');
  await serveUploadPack(request, response, { gitDir: folder, objects: mirrors.objectsOf({ id, gitDir }) });
}
