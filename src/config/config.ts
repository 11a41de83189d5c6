import type { LevelWithSilent } from 'pino';
import type { KeepTimes } from '../model/retention.ts';
import type { ActionSettings } from '../model/workflow.ts';
import type { HostPort } from '../support/host-port.ts';
import type { MailSettings, NotifyRule } from './notify.ts';

/** What can be set for each repository; `defaults` in the file sets it for all. */
export interface RepositorySettings {
  /** `each`: every new commit is tested. `latest`: only the tip of a push, the rest is recorded as skipped. */
  readonly policy: 'each' | 'latest';
  /** Most commits of one push that are tested. Default 250. */
  readonly maxCommits: number;
  /** Folder, relative to the root of the repository, where tests are looked for. Default: the root (''). */
  readonly dir: string;
  /** Names of variables of the runner's environment that pass to the jobs. */
  readonly envPass: readonly string[];
  /** Bound on the output that is kept of a job, in bytes. Default 100 MB. */
  readonly logLimitBytes: number;
  /** Bound on a job. Default 60 minutes. */
  readonly timeoutMs: number;
  /** Paths and patterns of test reports, beside the well-known ones. Default: none. */
  readonly reports: readonly string[];
  /** How often a job that failed is executed again by itself: 0 to 3. Default 0. */
  readonly retryJobs: number;
  /** Which workflows take over a green verdict of the same tree: all, none, or by name of the file. Default `off`. */
  readonly reuse: ReuseSetting;
  /** `off`: its workflow files are left alone, and tests are found as if there were none. */
  readonly workflows: 'auto' | 'off';
  /** Seconds between two looks at its refs; null: by the kind of its source. */
  readonly pollSeconds: number | null;
  /** How long its runs, and what belongs to them, are kept after their end. */
  readonly keep: KeepTimes;
  /** Whom to tell what. A repository with rules of its own has those alone. Default: none. */
  readonly notify: readonly NotifyRule[];
}

/** Bounds on what is kept of all repositories together; infinite: for ever. */
export interface RetentionSettings {
  /** Of all logs as they were written, in bytes. Default 50 GB. */
  readonly logsBytes: number;
  /** Of the log of events. Default 30 days. */
  readonly eventsMs: number;
  /** Of deliveries. Default 30 days and 0.5 GB. */
  readonly deliveriesMs: number;
  readonly deliveriesBytes: number;
}

const DAY_MS = 86_400_000;

/** Where nothing else is said. */
export const DEFAULT_RETENTION: RetentionSettings = Object.freeze({
  logsBytes: 50e9,
  eventsMs: 30 * DAY_MS,
  deliveriesMs: 30 * DAY_MS,
  deliveriesBytes: 0.5e9,
});

/** Runs for 400 days, so that a year can be compared with the one before; logs for 90, test reports for 180. */
export const DEFAULT_KEEP: KeepTimes = Object.freeze({
  runsMs: 400 * DAY_MS,
  logsMs: 90 * DAY_MS,
  reportsMs: 180 * DAY_MS,
});

/** `tree`, `off`, or one of them for each name of a workflow file (`tests`: for found tests); `off` for those that are not named. */
export type ReuseSetting = 'off' | 'tree' | Readonly<Record<string, 'off' | 'tree'>>;

/** Does this workflow take over green verdicts? `path` of its file; undefined for found tests. */
export function isReuseOn(setting: ReuseSetting, path: string | undefined): boolean {
  if (typeof setting === 'string') return setting === 'tree';
  const name = path === undefined ? 'tests' : path.slice(path.lastIndexOf('/') + 1);
  return (Object.hasOwn(setting, name) ? setting[name] : undefined) === 'tree';
}

/**
 * What labels of `runs-on` become: labels that a runner has to have (none: any runner will do), or `skip`. Names may hold
 * `*`; a name that is not here is treated as the documentation says.
 */
export type LabelSettings = Readonly<Record<string, readonly string[] | 'skip'>>;

/** Bounds on what jobs keep as artifacts. */
export interface ArtifactSettings {
  /** Most bytes of one. Default 2 GB. */
  readonly maxBytes: number;
  /** Most days that one is kept, and the default. Default 90. */
  readonly days: number;
  /** Beyond this the oldest go, in bytes. Default 50 GB. */
  readonly totalBytes: number;
}

/** Where nothing else is said. */
export const DEFAULT_ARTIFACTS: ArtifactSettings = Object.freeze({ maxBytes: 2e9, days: 90, totalBytes: 50e9 });

/** Where actions come from when nothing else is said. */
export const DEFAULT_ACTIONS: ActionSettings = Object.freeze({
  server: 'https://github.com',
  allow: [],
  pinned: false,
  nearestVersion: false,
});

/** A forge: how it is reached, with which token, and what is taken from it. */
export interface ForgeSettings {
  readonly kind: 'github' | 'gitea' | 'forgejo' | 'gitlab' | 'bitbucket' | 'bitbucket_data_center';
  /** Of its pages, without a slash at the end: what its repositories' addresses begin with. */
  readonly url: string;
  /** Base of its API, without a slash at the end. */
  readonly api: string;
  /** Absolute; read each time the token is used: for clone, fetch and the API. Null: there is none. */
  readonly tokenFile: string | null;
  /** The name that goes with the token, where the forge wants both. */
  readonly user: string | null;
  /** Are commit statuses sent there? Default true. */
  readonly hasStatuses: boolean;
  /** Patterns of full names that are added when they first push; `*` stands for anything. */
  readonly allow: readonly string[];
  /** Absolute; the secret of the webhook of a whole organisation. Null: there is none. */
  readonly webhookSecretFile: string | null;
}

/** The whole configuration, after flags, environment, file and defaults were put together. Frozen. */
export interface Config {
  /** Absolute. */
  readonly home: string;
  readonly http: HostPort;
  readonly dispatcher: HostPort;
  /** How the page is reached from outside (`https://ci.example.org`); null: by `http`. */
  readonly publicUrl: string | null;
  /** May anybody, and any page, show the badges? */
  readonly publicBadges: boolean;
  /** Full name of the repository that test runners of the chapter's protocol test; null: the only one there is. */
  readonly classicRepository: string | null;
  /** How many runners `up` starts. */
  readonly runners: number;
  readonly poll: { readonly localSeconds: number; readonly remoteSeconds: number };
  readonly logLevel: LevelWithSilent;
  readonly actions: ActionSettings;
  readonly labels: LabelSettings;
  readonly artifacts: ArtifactSettings;
  /** How mail is sent; null: it is not. */
  readonly mail: MailSettings | null;
  /** GitHub is always the first one. */
  readonly forges: readonly ForgeSettings[];
  readonly retention: RetentionSettings;
  /** Where traces are sent to: an OpenTelemetry collector that takes OTLP over HTTP; null: none are made. */
  readonly otel: { readonly endpoint: string | null };
  readonly defaults: RepositorySettings;
  /** What the file says of single repositories, by full name. */
  readonly repositories: ReadonlyMap<string, Partial<RepositorySettings> & { readonly sources?: readonly string[] }>;
}

/** The settings of one repository: its own before the defaults. */
export function settingsOf(config: Pick<Config, 'defaults' | 'repositories'>, repository: string): RepositorySettings {
  const { sources: _, ...own } = config.repositories.get(repository) ?? {};
  return { ...config.defaults, ...own };
}
