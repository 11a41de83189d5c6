import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.ts';
import type { ApiEvent, ApiRunDetail } from '../../src/protocol/api-schema.ts';
import { EventMemory } from '../../src/reporter/event-memory.ts';
import type { Facts, Message } from '../../src/reporter/message.ts';
import { NotifyTeller } from '../../src/reporter/notify/notify-teller.ts';
import { Outbox } from '../../src/reporter/outbox.ts';
import { ManualClock } from './manual-clock.ts';
import { tempDir } from './temp.ts';

/** A run as the API tells it. */
export function apiRun(
  number: number,
  conclusion: ApiRunDetail['conclusion'],
  change: Partial<ApiRunDetail> = {},
): ApiRunDetail {
  const author = `A${number} <a${number}@example.org>`;
  const time = '2026-01-01T12:00:00.000Z';
  const sha = String(number).padStart(40, '0');
  const isBad = conclusion === 'failure';
  return {
    ...{
      id: 100 + number,
      number,
      repository: 'acme/shop',
      workflow: 'CI',
      path: '.github/workflows/ci.yml',
      event: 'push',
    },
    ...{
      trigger: 'hook',
      sources: ['hook'],
      ref: 'refs/heads/main',
      sha,
      title: `Commit ${number}`,
      author,
      attempt: 1,
    },
    ...{ status: 'completed', conclusion, html_url: `http://127.0.0.1:8080/runs/${100 + number}` },
    ...{ created_at: time, started_at: time, completed_at: '2026-01-01T12:01:12.000Z' },
    jobs: [
      {
        ...{ id: 7, name: 'test', runner: 'one', status: 'completed', conclusion, executions: 1 },
        steps: [
          { name: 'npm ci', status: 'completed', conclusion: 'success', log_offset: 0 },
          { name: 'npm test', status: 'completed', conclusion, exit_code: isBad ? 1 : 0, log_offset: 6 },
        ],
        execution_details: [{ number: 1, runner: 'one', outcome: 'finished', reason: null, log_bytes: 40 }],
      },
    ],
    broken_since: isBad
      ? {
          run: 100 + number,
          number,
          sha,
          author,
          title: `Commit ${number}`,
          commits_ago: 0,
          untested: 0,
          is_certain: true,
        }
      : null,
    ...change,
  };
}

/** A teller over a real outbox: runs are over in the order in which a test says so. */
export interface TestTelling extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly outbox: Outbox;
  /** What the API knows. */
  readonly runs: Map<number, ApiRunDetail>;
  /** This run is over; the messages that come of it, which are in the outbox then. */
  completed(run: ApiRunDetail): Promise<readonly Message[]>;
  /** The same event once more, as after a crash. */
  event(event: Partial<ApiEvent>): Promise<readonly Message[]>;
}

/** `yaml`: the configuration file. */
export async function startTelling(yaml: string, owners: readonly string[] = []): Promise<TestTelling> {
  const dir = await tempDir('signalbox-notify-');
  await writeFile(join(dir.path, 'signalbox.yml'), yaml);
  const config = await loadConfig({ flags: { home: dir.path }, env: {}, cwd: dir.path });
  const clock = new ManualClock(new Date('2026-01-01T12:00:00Z'));
  const outbox = await Outbox.open(join(dir.path, 'reporter.db'));
  const teller = new NotifyTeller({ config, clock, owners: async () => owners });
  const runs = new Map<number, ApiRunDetail>();
  const facts: Facts = {
    run: async (id) => runs.get(id),
    runsOf: async (_, sha) => [...runs.values()].filter((run) => run.sha === sha).reverse(),
    repository: async (name) => ({ id: 1, name, sources: [], default_branch: 'refs/heads/main' }),
    get: async () => undefined,
    text: async () => 'npm test\n\u001b[31mAssertionError\u001b[0m\n',
  };
  let id = 0;
  const event = async (said: Partial<ApiEvent>) => {
    const whole: ApiEvent = {
      ...{
        id: ++id,
        at: clock.now().toISOString(),
        type: 'run.completed',
        repository: 'acme/shop',
        run: null,
        job: null,
      },
      ...{ data: {}, ...said },
    };
    if (!teller.concerns(whole)) return [];
    const memory = new EventMemory(outbox, teller.name);
    const messages = await teller.tell(whole, facts, memory);
    await outbox.add(whole.id, messages, clock.now(), memory.changes);
    return messages;
  };
  return {
    ...{ clock, outbox, runs, event },
    completed(run) {
      runs.set(run.id, run);
      return event({ run: run.id });
    },
    async [Symbol.asyncDispose]() {
      await outbox.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}
