import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ReporterHeard } from '../../src/web/reporter-heard.ts';
import { commitOf, newRepository, plannedJob, pushOf, resultOf } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';
import { runnerStatus, startWeb, type TestWeb, TOKEN } from '../support/web.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');

let web: TestWeb;
beforeEach(async () => {
  const oldestAt = new Date('2026-01-01T00:00:00Z');
  web = await startWeb({
    measured: {
      leaseExpiries: () => 3,
      deliveriesWaiting: () => 2,
      outboxes: () => [{ sink: 'mail', waiting: 4, oldestAt }],
      removed: () => ({ runs: 5 }),
      spans: () => ({ exported: 6, dropped: 7 }),
    },
  });
});
afterEach(() => web[Symbol.asyncDispose]());

/** The metrics as they are now; the clock is moved, since an answer is good for a second. */
async function metrics(): Promise<string> {
  web.clock.advance(1_000);
  return (await web.ask('/metrics')).text;
}

/** The value of one line; undefined if there is none. */
function numberAt(text: string, name: string): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

/** Waits for the metric to have this value: events are counted after the commit. */
async function value(name: string, expected: number): Promise<void> {
  await waitFor(`${name} is ${expected}`, async () => numberAt(await metrics(), name) === expected);
}

async function oneRun(n: number, labels: readonly string[] = []): Promise<number> {
  await web.store.dispatch(pushOf(1, [commitOf(n, [plannedJob('test', { labels })])]), web.clock.now());
  const [claimed] = await web.store.claim({ runner: 'one', labels, leaseMs: 1_000, now: web.clock.now() }, 1);
  return claimed!.job;
}

describe('/metrics', () => {
  test('counts runs and jobs by conclusion, and measures how long they waited and took', async () => {
    await web.store.addRepository(newRepository(), web.clock.now());
    const job = await oneRun(1);
    await web.store.started(job, 1, web.clock.now());
    await web.store.finish(resultOf(job, 1, { conclusion: 'failure' }), web.clock.now());
    await value('signalbox_runs_total{repository="local/app",conclusion="failure"}', 1);
    const text = await metrics();
    expect(numberAt(text, 'signalbox_jobs_total{conclusion="failure"}')).toBe(1);
    expect(numberAt(text, 'signalbox_job_wait_seconds_count')).toBe(1);
    expect(numberAt(text, 'signalbox_job_duration_seconds_count{conclusion="failure"}')).toBe(1);
    expect(numberAt(text, 'signalbox_commit_to_start_seconds_count{trigger="hook"}')).toBe(1);
    expect(numberAt(text, 'signalbox_database_commit_seconds_count')).toBeGreaterThan(3);
  });

  test('measures from a commit, and from the news of it, to the verdict; once, and not of what is run again', async () => {
    await web.store.addRepository(newRepository(), web.clock.now());
    await web.store.dispatch(
      pushOf(1, [commitOf(1, [plannedJob('test')])], { receivedAt: web.clock.now() }),
      web.clock.now(),
    );
    const execute = async (execution: number) => {
      const [claimed] = await web.store.claim({ runner: 'one', labels: [], leaseMs: 1_000, now: web.clock.now() }, 1);
      await web.store.started(claimed!.job, execution, web.clock.now());
      web.clock.advance(7_000);
      await web.store.finish(resultOf(claimed!.job, execution, { conclusion: 'failure' }), web.clock.now());
      return claimed!.run.id;
    };
    const run = await execute(1);
    const labels = '{trigger="hook",conclusion="failure"}';
    await value(`signalbox_received_to_verdict_seconds_count${labels}`, 1);
    const text = await metrics();
    expect(numberAt(text, `signalbox_commit_to_verdict_seconds_count${labels}`)).toBe(1);
    const bucket = (le: string) =>
      `signalbox_received_to_verdict_seconds_bucket{le="${le}",trigger="hook",conclusion="failure"}`;
    expect(numberAt(text, bucket('10'))).toBe(1);
    expect(numberAt(text, bucket('3'))).toBe(0);
    await web.store.rerun(run, { failedOnly: false }, web.clock.now());
    await execute(2);
    await value('signalbox_runs_total{repository="local/app",conclusion="failure"}', 2);
    expect(numberAt(await metrics(), `signalbox_received_to_verdict_seconds_count${labels}`)).toBe(1);
  });

  test('counts lost executions and results that came too late', async () => {
    await web.store.addRepository(newRepository(), web.clock.now());
    const job = await oneRun(1);
    await web.store.lose([{ job, execution: 1 }], 'it is gone', 3, web.clock.now());
    await web.store.finish(resultOf(job, 1), web.clock.now());
    await value('signalbox_executions_lost_total', 1);
    await value('signalbox_results_stale_total', 1);
  });

  test('tells how many jobs wait for which labels, and since when', async () => {
    await web.store.addRepository(newRepository(), web.clock.now());
    const jobs = [
      plannedJob('a', { labels: ['gpu'] }),
      plannedJob('b', { labels: ['gpu'] }),
      plannedJob('c', { needs: ['a'] }),
    ];
    await web.store.dispatch(pushOf(1, [commitOf(1, jobs)]), web.clock.now());
    web.clock.advance(30_000);
    const text = await metrics();
    expect(numberAt(text, 'signalbox_queue_jobs{labels="gpu"}')).toBe(2);
    expect(numberAt(text, 'signalbox_queue_oldest_seconds{labels="gpu"}')).toBe(31);
    expect(numberAt(text, 'signalbox_jobs_blocked')).toBe(1);
    const { store, clock } = web;
    await store.claim({ runner: 'one', labels: ['gpu'], leaseMs: 1_000, now: clock.now() }, 2);
    expect(await metrics()).not.toContain('signalbox_queue_jobs{labels="gpu"}');
  });

  test('tells what the runners and their slots do', async () => {
    const executions = [{ job: 1, execution: 1, since: web.clock.now() }];
    web.runners.push(
      runnerStatus('a'),
      runnerStatus('b', { state: 'busy', executions }),
      runnerStatus('c', { state: 'lost' }),
    );
    const text = await metrics();
    expect(numberAt(text, 'signalbox_runners{state="busy"}')).toBe(1);
    expect(numberAt(text, 'signalbox_runners{state="lost"}')).toBe(1);
    expect(numberAt(text, 'signalbox_slots{state="busy"}')).toBe(1);
    expect(numberAt(text, 'signalbox_slots{state="free"}')).toBe(3);
  });

  test('counts readers of event streams, requests by kind, and processes by program', async () => {
    const reader = web.events('/api/events');
    await reader.answer;
    await promisify(execFile)('git', ['--version']);
    await web.ask('/api/runs');
    await web.ask('/nowhere/1');
    await web.ask('/nowhere/2');
    await value('signalbox_event_stream_readers', 1);
    const text = await metrics();
    expect(numberAt(text, 'signalbox_http_requests_total{kind="api",method="GET",status="2xx"}')).toBe(1);
    expect(numberAt(text, 'signalbox_http_requests_total{kind="page",method="GET",status="4xx"}')).toBe(2);
    expect(text).not.toContain('nowhere');
    expect(numberAt(text, 'signalbox_processes_started_total{program="git"}')).toBeGreaterThan(0);
    reader[Symbol.dispose]();
    await value('signalbox_event_stream_readers', 0);
  });

  test('tells how much the reporter has to tell, by kind of receiver', async () => {
    const reporter = new ReporterHeard();
    const sink = { failing_since: null, retry_at: null, error: null, sent_at: null, sent: 1, given_up: 0 };
    const [older, newer] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:10.000Z'];
    const sinks = [
      { ...sink, sink: 'mail:ada@example.org', waiting: 2, waiting_since: newer },
      { ...sink, sink: 'mail:bob@example.org', waiting: 3, waiting_since: older },
      { ...sink, sink: 'slack:hook', waiting: 0, waiting_since: null },
    ];
    const summary = { version: '1', started_at: older, event: 1, sinks, given_up: [] };
    reporter.last = { at: new Date(newer), summary };
    expect(reporter.outboxes()).toEqual([
      { sink: 'mail', waiting: 5, oldestAt: new Date(older) },
      { sink: 'slack', waiting: 0, oldestAt: null },
    ]);
  });

  test('has a line for each of a bounded number of repositories', async () => {
    const { store, clock } = web;
    for (let n = 1; n <= 203; n++) {
      const { id } = await store.addRepository(newRepository(`local/app${n}`), clock.now());
      await store.dispatch(pushOf(id, [commitOf(n, [])]), clock.now());
    }
    await value('signalbox_runs_total{repository="other",conclusion="skipped"}', 3);
  });

  test('is for those on this machine, and for those with the token', async () => {
    const elsewhere = await startWeb({ publicUrl: 'https://ci.example.org' });
    try {
      expect((await web.ask('/metrics')).headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
      const withToken = await elsewhere.ask('/metrics', { headers: { authorization: `Bearer ${TOKEN}` } });
      expect(withToken.status).toBe(200);
    } finally {
      await elsewhere[Symbol.asyncDispose]();
    }
  });
});

describe('the names of the metrics', () => {
  /** Names and labels of what is measured, as the registry has them. */
  const measured = async () => {
    const found = await web.ask('/metrics');
    return [...found.text.matchAll(/^# TYPE (signalbox_\w+) (\w+)$/gm)].map(([, name, kind]) => `${name} ${kind}`);
  };

  test('are those of docs/metrics.md, each with its kind', async () => {
    const rows = [...read('docs', 'metrics.md').matchAll(/^\| `(signalbox_\w+)` \| (\w+) \|/gm)];
    expect(rows.map(([, name, kind]) => `${name} ${kind}`).sort()).toEqual((await measured()).sort());
  });

  test.each([
    ['the dashboard', 'grafana-dashboard.json', 15],
    ['the alerts', 'prometheus-alerts.yml', 5],
  ])('are the only ones that %s ask for', async (_, file, atLeast) => {
    const known = (await measured()).map((one) => one.split(' ')[0] ?? '');
    const own = new Set(known.flatMap((name) => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]));
    const all = (await web.ask('/metrics')).text;
    const used = [...read('deploy', file).matchAll(/\b(?:signalbox|nodejs|process)_[a-z0-9_]+/g)];
    expect(used.length).toBeGreaterThan(atLeast);
    for (const [name] of used) expect(own.has(name) || all.includes(`# TYPE ${name} `), name).toBe(true);
  });
});
