import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { localName } from '../../dispatcher/repository-name.ts';
import { CommitNotFoundError } from '../../git/git.ts';
import { type FoundRepository, type Snapshot, takeCommit, takeSnapshot } from '../../git/snapshot.ts';
import type { Json } from '../../model/workflow.ts';
import { systemClock } from '../../support/clock.ts';
import { acquireLock, type FileLock, LockedError } from '../../support/file-lock.ts';
import type { Invocation } from '../context.ts';
import { exitCodeFor } from '../exit-code.ts';
import { makeHome } from '../home.ts';
import { logFormat, processLogger } from '../logging.ts';
import { wholeNumber } from '../options.ts';
import { settingsFor } from '../settings.ts';
import { stopSignals } from '../signals.ts';
import { UsageError } from '../usage-error.ts';
import { shortSha } from '../views.ts';
import { LiveOutput } from './live-output.ts';
import { pairsOf, readEventFile, valuesOf } from './local-inputs.ts';
import { conclusionOf, type LocalResult } from './local-run.ts';
import { openLocalParts, runSnapshot, type SnapshotRequest } from './run-snapshot.ts';

/** The options of `signalbox run`. */
export interface RunOptions {
  readonly home?: string;
  readonly event?: string;
  readonly workflow?: string;
  readonly job?: string;
  readonly eventFile?: string;
  readonly ref?: string;
  readonly rev?: string;
  readonly input?: readonly string[];
  readonly secret?: readonly string[];
  readonly var?: readonly string[];
  readonly env?: readonly string[];
  readonly jobs?: string;
}

/** What was asked for before this part of the program was there. */
export interface Asked {
  readonly repository: Promise<FoundRepository>;
  /** `signalbox.home` in its git config. */
  readonly home: Promise<string | undefined>;
}

/** `signalbox run`, once git was asked for the repository. */
export async function runHere(invocation: Invocation<RunOptions>, asked: Asked): Promise<number> {
  const { context, options } = invocation;
  const { terminal, env, cwd } = context;
  const request = {
    event: options.event ?? 'push',
    payload: options.eventFile === undefined ? undefined : await readEventFile(options.eventFile, cwd),
    inputs: pairsOf('--input', options.input),
    secrets: valuesOf('--secret', options.secret, env),
    vars: valuesOf('--var', options.var, env),
    env: pairsOf('--env', options.env),
    workflow: options.workflow,
    job: options.job,
  };
  const slots = wholeNumber('--jobs', options.jobs, 1, 64) ?? Math.max(2, Math.floor(availableParallelism() / 2));
  const config = await settingsFor(invocation, undefined, () => asked.home);
  const logger = processLogger(
    options.logLevel === undefined ? 'error' : config.logLevel,
    logFormat(env, terminal.stderr.isTTY === true),
  );
  const repository = await asked.repository;
  if (repository.isBare && options.rev === undefined)
    throw new UsageError(
      `${repository.workTree} is a bare repository, which has no working tree to run; say a commit of it: --rev main`,
    );
  await makeHome(config.home);
  const place = await lockPlace(join(config.home, 'local'));
  const signals = stopSignals(systemClock);
  try {
    const taking =
      options.rev === undefined
        ? takeSnapshot(repository, place.folder)
        : commitNamed(repository, options.rev, place.folder);
    taking.catch(() => {}); // told where it is awaited
    const name = localName(repository.workTree);
    const kept = { shared: join(config.home, 'runners', '.shared'), keptPrefix: keptPrefix(repository) };
    const where = { folder: place.folder, ...kept, config, logger, env, slots };
    await using parts = await openLocalParts(name, where); // while git looks at the work tree
    const snapshot = await taking;
    const ref = options.ref ?? repository.ref ?? 'HEAD';
    if (!options.json) terminal.line(headline(request.event, name, ref, snapshot, repository, terminal.colours.dim));
    const output = options.json ? undefined : (showNames: boolean) => new LiveOutput(terminal, showNames);
    const what = { ...request, ref, name, snapshot, repository };
    const results = await runSnapshot(what, where, parts, { output, signals });
    // loaded now, and not before the first step
    if (options.json) for (const result of results) terminal.json(await resultJson(result, place.folder));
    else for (const line of (await import('./summary.ts')).summaryLines(results, terminal)) terminal.line(line);
    if (isAsOnServer(request))
      await (await import('./tell-verdicts.ts')).tellVerdicts(config, repository.workTree, results, logger);
    return exitCodeFor(conclusionOf(results));
  } finally {
    signals.release();
    await place.lock.release();
  }
}

/** All work trees of a repository share what is kept for its jobs; two repositories share nothing. */
function keptPrefix({ objects }: FoundRepository): string {
  return `here-${createHash('sha256').update(objects).digest('hex').slice(0, 16)}-`;
}

/** Was it given nothing that a server would not know? */
function isAsOnServer({ payload, ...given }: Pick<SnapshotRequest, 'payload' | 'secrets' | 'env' | 'inputs'>): boolean {
  const { secrets, env, inputs } = given;
  return payload === undefined && [secrets, env, inputs].every((values) => Object.keys(values).length === 0);
}

/** @throws {UsageError} if git knows no commit by that name. */
async function commitNamed(repository: FoundRepository, rev: string, folder: string): Promise<Snapshot> {
  try {
    return await takeCommit(repository, rev, folder);
  } catch (error) {
    if (!(error instanceof CommitNotFoundError)) throw error;
    throw new UsageError(`--rev is "${rev}", and git knows no commit by that name in ${repository.workTree}`);
  }
}

/** `push of main · local/app · 1f3c9a2e4, with changes that are not committed`. */
function headline(
  event: string,
  name: string,
  ref: string,
  { isClean, sha }: Snapshot,
  { head }: FoundRepository,
  dim: (text: string) => string,
): string {
  const commit = isClean
    ? shortSha(sha)
    : head === null
      ? 'no commit yet'
      : `${shortSha(head)} with uncommitted changes`;
  return dim(`${event} · ${name} · ${ref.replace(/^refs\/(?:heads|tags)\//, '')} · ${commit}`);
}

/** The first folder in which no other `signalbox run` works: several may run at once, each with warm workspaces. */
async function lockPlace(parent: string): Promise<{ readonly folder: string; readonly lock: FileLock }> {
  for (let number = 1; ; number++) {
    const folder = join(parent, String(number));
    try {
      return { folder, lock: await acquireLock(join(folder, 'lock.db')) };
    } catch (error) {
      if (!(error instanceof LockedError)) throw error;
    }
  }
}

/** The shape of `GET /api/runs/:id`, and where the logs are. */
async function resultJson(
  { run, jobs, tests }: LocalResult,
  folder: string,
): Promise<{ readonly [key: string]: Json | object }> {
  const { jobJson, runJson } = await import('../../web/json.ts');
  const { annotationsJson, testsJson } = await import('../../web/tests-json.ts');
  return {
    ...runJson(run, ''),
    jobs: jobs.map((job) => ({
      ...jobJson(job, undefined, ''),
      log: job.execution === 0 ? null : join(folder, 'logs', `${job.id}-${job.execution}.log`),
    })),
    annotations: annotationsJson(tests, jobs),
    tests: testsJson(tests),
  };
}
