import * as z from 'zod';
import { type Api, UnreachableError } from '../protocol/api.ts';
import type { ApiJob, ApiRunDetail } from '../protocol/api-schema.ts';
import { backoffMs } from '../support/backoff.ts';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { isBad } from './draw/legs.ts';
import { paged } from './draw/pager.ts';
import { EXIT } from './exit-code.ts';
import { failedStep } from './failing-lines.ts';
import { findRun } from './find-run.ts';
import { oneLine } from './harmless.ts';
import { LogPrinter } from './log-printer.ts';
import type { Terminal } from './terminal.ts';
import { UnknownNameError, UsageError } from './usage-error.ts';
import { word } from './views.ts';

interface LogsOptions {
  readonly repository?: string;
  readonly follow?: boolean;
  readonly job?: string;
  readonly failed?: boolean;
}

/** `signalbox logs`. */
export async function run(invocation: Invocation<LogsOptions>): Promise<number> {
  const { context, args, options } = invocation;
  if (options.follow && options.failed) throw new UsageError('logs takes -f or --failed, not both');
  return withApi(invocation, async (api) => {
    const found = await findRun(api, args[0], { repository: options.repository, cwd: context.cwd });
    const jobs = chosen(found, options);
    const said = options.failed
      ? 'no job of it has failed'
      : `the run has no jobs: ${oneLine(found.reason ?? 'it was skipped')}`;
    if (jobs.length === 0) context.terminal.say(said);
    const print = (terminal: Terminal) => printAll(api, jobs, terminal, invocation);
    return options.follow || options.json || jobs.length === 0 ? print(context.terminal) : paged(context, print);
  });
}

/** The jobs whose logs are meant. @throws {UnknownNameError} if there is none of that name. */
function chosen(run: ApiRunDetail, { job: name, failed }: LogsOptions): readonly ApiJob[] {
  const jobs = name === undefined ? run.jobs : run.jobs.filter((job) => job.name === name);
  if (jobs.length === 0 && name !== undefined) {
    const names = run.jobs.map((job) => oneLine(job.name)).join(', ');
    throw new UnknownNameError(`the run has no job "${name}"; it has ${names || 'none'}`);
  }
  return failed ? jobs.filter((job) => isBad(job) && job.executions > 0) : jobs;
}

async function printAll(
  api: Api,
  jobs: readonly ApiJob[],
  terminal: Terminal,
  { options }: Invocation<LogsOptions>,
): Promise<number> {
  for (const job of jobs) {
    const printer = new LogPrinter(job, { terminal }, options.json === true);
    if (jobs.length > 1 && !options.json) terminal.line(terminal.colours.bold(`== ${oneLine(job.name)}`));
    await (options.follow
      ? follow(api, job, printer)
      : printWhole(api, job, printer, terminal, options.failed === true));
    printer.end();
  }
  return EXIT.done;
}

async function printWhole(
  api: Api,
  job: ApiJob,
  printer: LogPrinter,
  terminal: Terminal,
  isFromFailure: boolean,
): Promise<void> {
  if (job.executions === 0) {
    const why = job.waiting_for ? `: ${oneLine(job.waiting_for)}` : '';
    terminal.say(
      `${oneLine(job.name)}: ${word(job)}${why}; ${job.status === 'completed' ? 'it has no log' : 'no log yet'}`,
    );
    return;
  }
  const range = isFromFailure ? failedRange(job) : undefined;
  const decoder = new TextDecoder();
  for await (const bytes of await api.open(`/api/jobs/${job.id}/log`, range === undefined ? {} : { range }))
    await printer.print(decoder.decode(bytes, { stream: true }));
}

/** The bytes of the step that failed; undefined where no step did: then the whole log is what there is. */
function failedRange(job: ApiJob): string | undefined {
  const from = failedStep(job)?.log_offset;
  if (typeof from !== 'number') return undefined;
  const next = (job.steps ?? []).flatMap(({ log_offset: at }) => (typeof at === 'number' && at > from ? [at] : []))[0];
  return `bytes=${from}-${next === undefined ? '' : next - 1}`;
}

/** Most tries in a row to reach a server that went away in the middle of a log. */
const MAX_TRIES = 20;

/** Prints a log as it grows, over restarts of the server, until the job is over. */
async function follow(api: Api, job: ApiJob, printer: LogPrinter): Promise<void> {
  const path = `/api/jobs/${job.id}/log?follow=1`;
  // the last execution there is, unless it begins with the first one that will be
  let lastId: string | null = null;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    try {
      for await (const event of api.events(path, lastId)) {
        tries = 0;
        lastId = event.id ?? lastId;
        if (event.event === 'end') return;
        if (event.event === 'message') await printer.print(z.string().parse(JSON.parse(event.data)));
        else if (event.event === 'execution') printer.execution(event.data);
      }
    } catch (error) {
      if (!(error instanceof UnreachableError) || tries === MAX_TRIES - 1) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, backoffMs(tries)));
  }
}
