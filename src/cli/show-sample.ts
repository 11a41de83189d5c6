import { duration } from '../../web/src/words.ts';
import type { RunRecord } from '../store/run-record.ts';
import type { Store } from '../store/store.ts';
import { messageOf } from '../support/ci-error.ts';
import type { DispatcherRole } from './dispatcher-role.ts';
import { harmless } from './harmless.ts';
import { makeSample, type Sample } from './sample.ts';
import type { ServerKit } from './serve.ts';
import { webhooksUrl } from './server-url.ts';
import { runName, verdict } from './views.ts';

/** How much of the end of its log is shown, in bytes. */
const TAIL_BYTES = 2_000;

/** Where nothing is watched yet, makes the sample, and shows its verdict when it is there, and what to type next. */
export async function showSample(kit: ServerKit, role: DispatcherRole, http: string, isJson: boolean): Promise<void> {
  const { config, context, logger } = kit;
  const { store } = role.web;
  if ((await store.repositories()).length > 0) return;
  const add = (source: string) => role.registry.add({ source });
  const options = { home: config.home, path: context.env.PATH, webhooksUrl: webhooksUrl(http), add };
  const sample = await makeSample(options).catch((error: unknown) => {
    logger.warn(`the sample could not be made: ${messageOf(error)}`);
    return undefined;
  });
  if (sample === undefined) return;
  const run = await completedRun(store, sample.sha);
  const page = `${(config.publicUrl ?? http).replace(/\/$/, '')}/runs/${run.id}`;
  if (isJson)
    return context.terminal.json({ msg: 'sample', conclusion: run.conclusion, html_url: page, path: sample.path });
  await print(kit, role, { run, sample, page });
}

/** The run of a commit, when it is complete. */
function completedRun(store: Store, sha: string): Promise<RunRecord> {
  return new Promise((resolve, reject) => {
    const look = async () => {
      const run = (await store.runsOfCommit(sha)).find(({ status }) => status === 'completed');
      if (run === undefined) return;
      stop();
      resolve(run);
    };
    const stop = store.onEvents(() => void look().catch(reject));
    look().catch(reject);
  });
}

interface Result {
  readonly run: RunRecord;
  readonly sample: Sample;
  readonly page: string;
}

async function print({ context }: ServerKit, { web }: DispatcherRole, { run, sample, page }: Result): Promise<void> {
  const { terminal } = context;
  const taken =
    run.startedAt === null || run.completedAt === null ? '' : `  in ${duration(+run.completedAt - +run.startedAt)}`;
  terminal.line();
  terminal.line(`${verdict(run, terminal)}  ${runName(run)}  ${run.title}${taken}`);
  for (const line of await testLines(web, run.id))
    terminal.line(`    ${terminal.colours[line.endsWith(' ok') ? 'green' : 'red'](line)}`);
  const isNpm = context.env.npm_lifecycle_event !== undefined;
  const signalbox = isNpm ? 'npm run' : 'signalbox';
  terminal.line();
  terminal.line(`  look at it       ${page}`);
  terminal.line(`  make it green    cd ${shellWord(sample.path)} && ${sample.remedy} && git commit -am "Mend it"`);
  terminal.line(`  your own next    ${signalbox} install-hook /path/to/repository`);
}

/** What the tests said, one by one. */
async function testLines({ store, logs }: DispatcherRole['web'], runId: number): Promise<readonly string[]> {
  const [job] = (await store.run(runId))?.jobs ?? [];
  if (job === undefined) return [];
  const key = { job: job.id, execution: job.execution };
  const size = await logs.size(key);
  const parts: Buffer[] = [];
  for await (const part of await logs.read(key, Math.max(0, size - TAIL_BYTES), size)) parts.push(Buffer.from(part));
  const lines = harmless(Buffer.concat(parts).toString('utf8')).split('\n');
  return lines.filter((line) => / \.\.\. (?:ok|FAIL|ERROR)$/.test(line));
}

/** A path as a shell takes it. */
function shellWord(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
