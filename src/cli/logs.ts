import * as z from 'zod';
import { type Api, UnreachableError } from '../protocol/api.ts';
import type { ApiJob } from '../protocol/api-schema.ts';
import { backoffMs } from '../support/backoff.ts';
import { withApi } from './connect.ts';
import type { Context, Invocation } from './context.ts';
import { EXIT } from './exit-code.ts';
import { findRun } from './find-run.ts';
import { oneLine, TextCleaner } from './harmless.ts';
import { UnknownNameError } from './usage-error.ts';
import { word } from './views.ts';

interface LogsOptions {
  readonly repository?: string;
  readonly follow?: boolean;
  readonly job?: string;
}

/** `signalbox logs`. */
export async function run(invocation: Invocation<LogsOptions>): Promise<number> {
  const { context, args, options } = invocation;
  return withApi(invocation, async (api) => {
    const found = await findRun(api, args[0], { repository: options.repository, cwd: context.cwd });
    const jobs = options.job === undefined ? found.jobs : found.jobs.filter((job) => job.name === options.job);
    if (jobs.length === 0 && options.job !== undefined) {
      const names = found.jobs.map((job) => oneLine(job.name)).join(', ');
      throw new UnknownNameError(`the run has no job "${options.job}"; it has ${names || 'none'}`);
    }
    if (jobs.length === 0) context.terminal.say(`the run has no jobs: ${oneLine(found.reason ?? 'it was skipped')}`);
    for (const job of jobs) {
      const printer = new LogPrinter(job, context, options.json === true);
      if (jobs.length > 1 && !options.json)
        context.terminal.line(context.terminal.colours.bold(`== ${oneLine(job.name)}`));
      await (options.follow ? follow(api, job, printer) : printWhole(api, job, printer, context));
      printer.end();
    }
    return EXIT.done;
  });
}

async function printWhole(api: Api, job: ApiJob, printer: LogPrinter, { terminal }: Context): Promise<void> {
  if (job.executions === 0) {
    terminal.say(
      `${oneLine(job.name)}: ${word(job)}${job.waiting_for ? `: ${oneLine(job.waiting_for)}` : ''}; no log yet`,
    );
    return;
  }
  const decoder = new TextDecoder();
  for await (const bytes of await api.open(`/api/jobs/${job.id}/log`))
    await printer.print(decoder.decode(bytes, { stream: true }));
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

/** Prints the log of one job. */
class LogPrinter {
  readonly #job: ApiJob;
  readonly #context: Context;
  readonly #isJson: boolean;
  readonly #cleaner: TextCleaner;
  #endsLine = true;
  #executions = 0;

  constructor(job: ApiJob, context: Context, isJson: boolean) {
    this.#job = job;
    this.#context = context;
    this.#isJson = isJson;
    this.#cleaner = new TextCleaner(context.terminal.hasColour);
  }

  /** Prints a piece; fulfilled when there is room for more. */
  async print(text: string): Promise<void> {
    const { terminal } = this.#context;
    if (this.#isJson) return terminal.json({ job: this.#job.id, name: this.#job.name, text });
    const clean = this.#cleaner.push(text);
    if (clean === '') return;
    this.#endsLine = clean.endsWith('\n');
    if (terminal.stdout.write(clean) === false) await terminal.drained();
  }

  /** The runner was lost, and another one begins. */
  execution(data: string): void {
    const { execution, runner } = z
      .object({ execution: z.number(), runner: z.string().nullable() })
      .parse(JSON.parse(data));
    if (this.#executions++ === 0) return;
    this.end();
    this.#context.terminal.say(
      `-- execution ${execution}${runner === null ? '' : ` on ${oneLine(runner)}`}: its runner was lost before`,
    );
  }

  end(): void {
    if (!this.#endsLine) this.#context.terminal.line();
    this.#endsLine = true;
  }
}
