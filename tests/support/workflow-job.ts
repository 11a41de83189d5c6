import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { JobContexts, Json, WorkflowJobSpec } from '../../src/model/workflow.ts';
import type { ExecutionResult, StepResult } from '../../src/protocol/execution-result.ts';
import { Execution } from '../../src/runner/execution.ts';
import type { ExecutionOrder } from '../../src/runner/execution-order.ts';
import { LogWriter } from '../../src/runner/log-writer.ts';
import { createParts, type RunnerLimits, type RunnerParts } from '../../src/runner/runner-parts.ts';
import { systemClock } from '../../src/support/clock.ts';
import { createLogger } from '../../src/support/logger.ts';
import { githubContext } from '../../src/workflow/github-context.ts';
import { tempDir } from './temp.ts';
import { waitFor } from './wait-for.ts';
import { definitionOf, WORKFLOW_PATH } from './workflow.ts';

/** What of a job a test wants otherwise. */
export interface JobWishes {
  /** Files of the workspace. */
  readonly files?: Readonly<Record<string, string>>;
  readonly contexts?: Partial<JobContexts>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Payload of the event. */
  readonly event?: { readonly [name: string]: Json };
  readonly actions?: Partial<WorkflowJobSpec['actions']>;
  readonly limits?: Partial<RunnerLimits>;
  readonly timeoutMs?: number;
  readonly logLimitBytes?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** What became of a job. */
export interface JobEnd {
  readonly result: ExecutionResult;
  readonly log: string;
  /** `name: conclusion` of each step, in their order. */
  readonly steps: readonly string[];
}

/** A job that runs. */
export interface RunningJob extends AsyncDisposable {
  readonly execution: Execution;
  readonly end: Promise<JobEnd>;
  readonly workspace: string;
  readonly temp: string;
  /** All of the log so far. */
  log(): string;
  /** Waits until the log holds this. */
  says(text: string): Promise<void>;
}

/**
 * Executes a job of a workflow with real processes. `text` is a workflow file, of which the first job is taken, or only
 * what stands in a job: `steps:` and what else it needs.
 */
export async function runJob(text: string, wishes: JobWishes = {}): Promise<JobEnd> {
  await using job = await startJob(text, wishes);
  return await job.end;
}

/** Only the steps, as a list in YAML, where nothing else of the job matters. */
export function runSteps(steps: string, wishes: JobWishes = {}): Promise<JobEnd> {
  return runJob(`steps:\n${steps}`, wishes);
}

/** Begins a job. */
export async function startJob(text: string, wishes: JobWishes = {}): Promise<RunningJob> {
  const dir = await tempDir('signalbox-job-');
  const workspace = join(dir.path, 'work');
  putFiles(workspace, wishes.files ?? {});
  const parts = await startParts(dir.path, workspace, wishes);
  const order = orderOf(text, wishes);
  const path = join(dir.path, 'log');
  const fd = openSync(path, 'w+');
  const log = new LogWriter({ fd, limitBytes: order.spec.logLimitBytes });
  const slot = await parts.slots.acquire();
  const execution = new Execution(order, slot, log, parts.tools, { started: () => {}, step: () => {} });
  const readLog = () => readFileSync(path, 'utf8');
  const end = execution.run().then((result) => ({ result, log: readLog(), steps: result.steps.map(shown) }));
  const dispose = async () => {
    execution.kill({ conclusion: 'cancelled', reason: 'the test is over' });
    await end;
    await execution.cleanUp();
    await parts.stop();
    log.close();
    closeSync(fd);
    await dir[Symbol.asyncDispose]();
  };
  const says = (what: string) => waitFor(`"${what}" in the log`, () => readLog().includes(what));
  return { execution, end, workspace, temp: slot.tmp, log: readLog, says, [Symbol.asyncDispose]: dispose };
}

/** The lines of a log that processes printed, without what is printed around them. */
export function outputOf(log: string): string[] {
  const lines: string[] = [];
  let isHeader = false;
  for (const line of log.split('\n')) {
    if (/^##\[group\](?:Run |Pre |Post |Set up job$)/.test(line)) isHeader = true;
    else if (line === '##[endgroup]' && isHeader) isHeader = false;
    else if (!isHeader && line !== '' && !line.startsWith('[signalbox]')) lines.push(line);
  }
  return lines.slice(1);
}

function shown({ name, conclusion }: StepResult): string {
  return `${name}: ${conclusion}`;
}

async function startParts(home: string, workspace: string, wishes: JobWishes): Promise<RunnerParts> {
  const path = Promise.resolve({ path: workspace });
  const parts = createParts({
    ...{ name: 'one', slots: 1, home: join(home, 'r'), clock: systemClock, logger: createLogger('silent') },
    env: { PATH: process.env.PATH, USER: 'ada', ...wishes.env },
    openWorkspace: () => {
      const done = () => Promise.resolve();
      return { prepare: () => path, prepareEmpty: () => path, afterJob: done, close: done };
    },
    limits: { graceMs: 1_000, diskFloorBytes: 0, ...wishes.limits },
    urlOf: (url) => `http://127.0.0.1:1${url}`,
    isIdle: () => false,
  });
  await parts.start();
  return parts;
}

function putFiles(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
  }
}

const SHA = 'a'.repeat(40);
const ACTIONS = { server: 'http://127.0.0.1:1', allow: [], pinned: false, nearestVersion: false };

function orderOf(text: string, wishes: JobWishes): ExecutionOrder {
  const isWhole = /^jobs:/m.test(text);
  const body = text.trim().replaceAll(/^/gm, '    ');
  const definition = definitionOf(isWhole ? text : `on: push\njobs:\n  build:\n    runs-on: ubuntu-latest\n${body}\n`);
  const job = definition.jobs[0];
  if (job === undefined) throw new Error('the workflow has no job');
  const { env, defaults } = definition;
  const workflow: WorkflowJobSpec = {
    path: WORKFLOW_PATH,
    job,
    ...(env === undefined ? {} : { env }),
    ...(defaults === undefined ? {} : { defaults }),
    actions: { ...ACTIONS, ...wishes.actions },
  };
  return {
    ...{ job: 1, execution: 1, sha: SHA, tree: null },
    run: { id: 7, number: 3, attempt: 1, event: 'push', ref: 'refs/heads/main' },
    repository: { id: 1, name: 'ada/app' },
    git: { objects: [], path: '/git/1', ticket: '' },
    contexts: contextsOf(job.id, wishes),
    spec: {
      ...{
        found: `job ${job.id} of ${WORKFLOW_PATH}`,
        checkout: true,
        steps: [],
        env: {},
        envPass: [],
        exclusive: false,
      },
      timeoutMs: wishes.timeoutMs ?? 60_000,
      logLimitBytes: wishes.logLimitBytes ?? 10_000_000,
      workflow,
    },
  };
}

function contextsOf(job: string, wishes: JobWishes): JobContexts {
  const run = {
    ...{ id: 7, number: 3, attempt: 1, repository: 'ada/app', repositoryId: 1, workflow: 'CI', path: WORKFLOW_PATH },
    ...{
      event: 'push',
      ref: 'refs/heads/main',
      sha: SHA,
      actor: 'ada',
      inputs: {},
      serverUrl: 'http://127.0.0.1:8080',
    },
    payload: wishes.event ?? { head_commit: { message: 'a commit' } },
  };
  const scope = { calls: [], names: [], inputs: {}, secrets: [] };
  return {
    github: githubContext(run, { id: job, scope }),
    ...{ inputs: {}, matrix: {}, strategy: {}, needs: {}, vars: {}, secrets: wishes.secrets ?? {} },
    ...wishes.contexts,
  };
}
