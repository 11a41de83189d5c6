import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type * as z from 'zod';
import type { KeepTimes } from '../model/retention.ts';
import type { ActionSettings } from '../model/workflow.ts';
import {
  type ArtifactSettings,
  type Config,
  DEFAULT_ACTIONS,
  DEFAULT_ARTIFACTS,
  DEFAULT_KEEP,
  DEFAULT_RETENTION,
  type RepositorySettings,
  type RetentionSettings,
} from './config.ts';
import { ConfigError, loadFile, show } from './load-file.ts';
import { forgesOf } from './load-forges.ts';
import { findHome } from './load-home.ts';
import {
  type ConfigFile,
  collectorSchema,
  databaseSchema,
  type FileSettings,
  hostPortSchema,
  KEYS_WITHOUT_EFFECT,
  logLevelSchema,
  pollSchema,
  publicUrlSchema,
  runnersSchema,
} from './load-schema.ts';
import { toMail, toRule } from './to-notify.ts';

/** The flags of the command line that are configuration; as they were typed. */
export interface ConfigFlags {
  readonly home?: string | undefined;
  readonly http?: string | undefined;
  readonly dispatcher?: string | undefined;
  readonly runners?: string | undefined;
  readonly poll?: string | undefined;
  readonly database?: string | undefined;
  readonly logLevel?: string | undefined;
  readonly config?: string | undefined;
}

/** Where configuration comes from. */
export interface ConfigSources {
  readonly flags: ConfigFlags;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** `signalbox.home` in the git config of the repository one is in. */
  readonly repositoryHome?: () => Promise<string | undefined>;
  /** Port of the page when nobody says another one. Default 8080. */
  readonly httpPort?: number;
}

/** A {@link Config} and what is to be said about it. */
export interface LoadedConfig extends Config {
  /** The configuration file that was looked for, absolute. */
  readonly file: string;
  /** Did somebody say where the dispatcher is? Otherwise it is the default. */
  readonly isDispatcherNamed: boolean;
  /** Did somebody say where the page and the API are? Otherwise it is the default. */
  readonly isHttpNamed: boolean;
  /** Things that were accepted and have no effect yet, in words; for the log. */
  readonly notices: readonly string[];
}

const MEGABYTE = 1_000_000;

/** Settings of repositories where nothing else is said. */
export const DEFAULT_SETTINGS: RepositorySettings = Object.freeze({
  policy: 'each',
  maxCommits: 250,
  dir: '',
  envPass: [],
  logLimitBytes: 100 * MEGABYTE,
  timeoutMs: 60 * 60_000,
  reports: [],
  retryJobs: 0,
  reuse: 'off',
  workflows: 'auto',
  pollSeconds: null,
  keep: DEFAULT_KEEP,
  notify: [],
});

/**
 * Puts the configuration together: flags before environment before file before defaults.
 * @throws {ConfigError} naming the flag, the variable or `file:line:column`, what is there and what is accepted.
 */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const { flags, env, cwd } = sources;
  const home = await findHome({ flag: flags.home, env, cwd, repositoryHome: sources.repositoryHome });
  const named = flags.config || env.SIGNALBOX_CONFIG;
  const path = named ? resolve(cwd, named) : join(home, 'signalbox.yml');
  const file = await loadFile(path, named !== undefined && named !== '');
  const pick = picker(flags, env);
  const poll = pick('poll', 'SIGNALBOX_POLL', pollSchema) ?? file.poll;
  const dispatcher = pick('dispatcher', 'SIGNALBOX_DISPATCHER', hostPortSchema) ?? file.dispatcher;
  const http = pick('http', 'SIGNALBOX_HTTP', hostPortSchema) ?? file.http;
  const foreign = flags.database === undefined ? foreignDatabase(env) : undefined;
  const isForeign = foreign !== undefined;
  const database = (isForeign ? undefined : pick('database', 'DATABASE_URL', databaseSchema)) ?? file.database;
  return Object.freeze({
    home,
    file: path,
    http: http ?? { host: '127.0.0.1', port: sources.httpPort ?? 8080 },
    isHttpNamed: http !== undefined,
    dispatcher: dispatcher ?? { host: '127.0.0.1', port: 8888 },
    isDispatcherNamed: dispatcher !== undefined,
    classicRepository: file.classic?.repository ?? null,
    publicUrl: pick('publicUrl', 'SIGNALBOX_PUBLIC_URL', publicUrlSchema) ?? file.public_url ?? null,
    publicBadges: file.public_badges ?? false,
    runners: pick('runners', 'SIGNALBOX_RUNNERS', runnersSchema) ?? file.runners ?? defaultRunners(),
    poll: Object.freeze({ localSeconds: poll ?? 5, remoteSeconds: poll ?? 60 }),
    logLevel: pick('logLevel', 'SIGNALBOX_LOG_LEVEL', logLevelSchema) ?? file.log_level ?? 'info',
    actions: Object.freeze({ ...DEFAULT_ACTIONS, ...toActions(file.actions ?? {}) }),
    labels: Object.freeze({ ...file.labels }),
    mail: file.mail === undefined ? null : toMail(file.mail, dirname(path)),
    artifacts: Object.freeze({ ...DEFAULT_ARTIFACTS, ...toArtifacts(file.artifacts ?? {}) }),
    forges: Object.freeze(forgesOf(file, dirname(path))),
    retention: Object.freeze({ ...DEFAULT_RETENTION, ...toRetention(file.retention ?? {}) }),
    otel: Object.freeze({ endpoint: collectorOf(env) ?? file.otel?.endpoint ?? null }),
    ...settingsIn(file, dirname(path)),
    notices: [...(isForeign ? [foreign] : []), ...noticesOf(file, database)],
  });
}

/** People have a `DATABASE_URL` of another program in their shells: it is passed over, and that is said. */
function foreignDatabase({ DATABASE_URL: text }: NodeJS.ProcessEnv): string | undefined {
  if (!text || databaseSchema.safeParse(text).success) return undefined;
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(text)?.[0];
  const what = scheme === undefined ? 'is no URL' : `begins with "${scheme}"`;
  return `DATABASE_URL ${what}, so it is taken to be another program's and passed over`;
}

/** OpenTelemetry's own variable, which many set for all their programs. */
function collectorOf({ OTEL_EXPORTER_OTLP_ENDPOINT: text, OTEL_SDK_DISABLED }: NodeJS.ProcessEnv): string | undefined {
  if (!text || OTEL_SDK_DISABLED === 'true') return undefined;
  const parsed = collectorSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new ConfigError(`OTEL_EXPORTER_OTLP_ENDPOINT is ${show(text)}; it must be ${parsed.error.issues[0]?.message}`);
}

function defaultRunners(): number {
  return Math.max(2, Math.floor(availableParallelism() / 2));
}

/** Reads one setting from its flag, else from its variable; undefined if neither is set. */
function picker(flags: ConfigFlags, env: NodeJS.ProcessEnv) {
  const texts: Readonly<Record<string, string | undefined>> = { ...flags };
  return <T>(flag: string, variable: string, schema: z.ZodType<T>): T | undefined => {
    const isFlag = texts[flag] !== undefined;
    const text = isFlag ? texts[flag] : env[variable] || undefined;
    if (text === undefined) return undefined;
    const parsed = schema.safeParse(/^\d+(?:\.\d+)?$/.test(text) ? Number(text) : text);
    if (parsed.success) return parsed.data;
    const name = isFlag ? `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}` : variable;
    throw new ConfigError(`${name} is ${show(text)}; it must be ${parsed.error.issues[0]?.message}`);
  };
}

/** `folder`: that of the file, which the paths of rules are relative to. */
function toSettings(said: FileSettings, folder: string): Partial<RepositorySettings> {
  const all = {
    policy: said.policy,
    maxCommits: said.max_commits,
    dir: said.dir,
    envPass: said.env?.pass,
    logLimitBytes: said.log_limit_mb === undefined ? undefined : Math.round(said.log_limit_mb * MEGABYTE),
    timeoutMs: said.timeout_minutes === undefined ? undefined : Math.round(said.timeout_minutes * 60_000),
    reports: said.reports,
    retryJobs: said.retry?.jobs,
    reuse: said.reuse,
    workflows: said.workflows,
    pollSeconds: said.poll,
    notify: said.notify?.map((rule) => toRule(rule, folder)),
  };
  return whatIsSet(all);
}

type SaidKeep = NonNullable<FileSettings['retention']>;

/** What is not said of a repository is as for all. */
function toKeep(said: SaidKeep, all: KeepTimes): KeepTimes {
  const times = {
    runsMs: daysMs(said.runs_days),
    logsMs: daysMs(said.logs_days),
    reportsMs: daysMs(said.reports_days),
  };
  return Object.freeze({ ...all, ...whatIsSet(times) });
}

function toRetention(said: NonNullable<ConfigFile['retention']>): Partial<RetentionSettings> {
  const bytes = (gigabytes: number | 'forever' | undefined) =>
    gigabytes === 'forever' ? Number.POSITIVE_INFINITY : gigabytes && Math.round(gigabytes * 1000 * MEGABYTE);
  return whatIsSet({
    logsBytes: bytes(said.logs_gb),
    eventsMs: daysMs(said.events_days),
    deliveriesMs: daysMs(said.deliveries_days),
    deliveriesBytes: bytes(said.deliveries_gb),
  });
}

function daysMs(days: number | 'forever' | undefined): number | undefined {
  return days === 'forever' ? Number.POSITIVE_INFINITY : days && days * 86_400_000;
}

/** The settings of repositories: `defaults`, and what each has of its own. */
function settingsIn(file: ConfigFile, folder: string): Pick<Config, 'defaults' | 'repositories'> {
  const all = toKeep({ ...file.retention, ...file.defaults?.retention }, DEFAULT_KEEP);
  const repositories = new Map<string, ReturnType<typeof repositoryOf>>();
  for (const [name, said] of Object.entries(file.repositories ?? {}))
    repositories.set(name, repositoryOf(said, folder, all));
  return {
    defaults: Object.freeze({ ...DEFAULT_SETTINGS, ...toSettings(file.defaults ?? {}, folder), keep: all }),
    repositories,
  };
}

function toActions(said: NonNullable<ConfigFile['actions']>): Partial<ActionSettings> {
  const { server, allow, pinned, nearest_version: nearestVersion } = said;
  return whatIsSet({ server, allow, pinned, nearestVersion });
}

function toArtifacts(said: NonNullable<ConfigFile['artifacts']>): Partial<ArtifactSettings> {
  const { max_mb: megabytes, days, total_gb: gigabytes } = said;
  return whatIsSet({
    maxBytes: megabytes === undefined ? undefined : Math.round(megabytes * MEGABYTE),
    days,
    totalBytes: gigabytes === undefined ? undefined : Math.round(gigabytes * 1000 * MEGABYTE),
  });
}

function whatIsSet<T extends object>(all: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as never;
}

/** Folders may be relative to the folder of the file. */
function repositoryOf(said: SaidRepository, folder: string, all: KeepTimes) {
  const sources = said.source?.map((source) => (isFolder(source) ? resolve(folder, source) : source));
  return {
    ...toSettings(said, folder),
    ...(said.retention === undefined ? {} : { keep: toKeep(said.retention, all) }),
    ...(sources === undefined ? {} : { sources }),
  };
}

type SaidRepository = NonNullable<ConfigFile['repositories']>[string];

/** A path, and not a URL or `host:path`. */
function isFolder(source: string): boolean {
  return !/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(source) && !/^[^/]+:/.test(source);
}

function noticesOf(file: ConfigFile, database: string | undefined): readonly string[] {
  const keys: string[] = KEYS_WITHOUT_EFFECT.top.filter((key) => key !== 'database' && file[key] !== undefined);
  if (database !== undefined) keys.push('database');
  const scopes = [['defaults', file.defaults ?? {}], ...Object.entries(file.repositories ?? {})] as const;
  for (const [scope, said] of scopes)
    for (const key of KEYS_WITHOUT_EFFECT.settings)
      if (said[key] !== undefined && said[key] !== 'none') keys.push(`${scope}.${key}`);
  const unheard = scopes.filter(([, said]) => said.notify?.some(({ mail }) => mail !== undefined));
  return [
    ...keys.map((key) => `the setting "${key}" is understood, but has no effect in this version yet`),
    ...(file.mail === undefined ? unheard : []).map(
      ([scope]) =>
        `the rules of ${scope}.notify name mail addresses, but nothing is mailed: there is no section "mail"`,
    ),
  ];
}
