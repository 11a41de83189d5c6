import type { Kysely, Selectable } from 'kysely';
import type { Plan } from '../model/plan.ts';
import type { RunJobRow } from './job-rows.ts';
import type { ReusedFrom } from './run-record.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** What taking over verdicts saved a repository, and what it would have saved where that is off. */
export interface ReuseSavings {
  readonly runs: number;
  readonly savedMs: number;
  readonly wouldSaveRuns: number;
  readonly wouldSaveMs: number;
}

/** How long a green verdict can be taken over, in milliseconds: 90 days. */
const GOOD_MS = 90 * 86_400_000;
/** Most verdicts that are kept; the oldest go. */
const MOST = 100_000;

type Green = Tables['green_trees'];

const find = statement((db: Kysely<Tables>, p: { repository: number; fingerprint: string }) =>
  db
    .selectFrom('green_trees')
    .selectAll()
    .where('repository', '=', p.repository)
    .where('fingerprint', '=', p.fingerprint),
);
const remember = statement((db: Kysely<Tables>, p: Green) => {
  const verdict = { run: p.run, number: p.number, duration_ms: p.duration_ms, at: p.at };
  return db
    .insertInto('green_trees')
    .values({ repository: p.repository, fingerprint: p.fingerprint, ...verdict })
    .onConflict((on) => on.columns(['repository', 'fingerprint']).doUpdateSet(verdict));
});
const forget = statement((db: Kysely<Tables>, p: { repository: number; fingerprint: string }) =>
  db.deleteFrom('green_trees').where('repository', '=', p.repository).where('fingerprint', '=', p.fingerprint),
);
const formerFailure = statement((db: Kysely<Tables>, p: { run: number }) =>
  db
    .selectFrom('attempts')
    .select('attempt')
    .where('run', '=', p.run)
    .where('conclusion', 'in', ['failure', 'timed_out']),
);
const count = statement((db: Kysely<Tables>, p: Tables['reuse_savings']) =>
  db
    .insertInto('reuse_savings')
    .values({
      ...{ repository: p.repository, runs: p.runs, saved_ms: p.saved_ms },
      ...{ would_save_runs: p.would_save_runs, would_save_ms: p.would_save_ms },
    })
    .onConflict((on) =>
      on.column('repository').doUpdateSet((row) => ({
        runs: row('reuse_savings.runs', '+', row.ref('excluded.runs')),
        saved_ms: row('reuse_savings.saved_ms', '+', row.ref('excluded.saved_ms')),
        would_save_runs: row('reuse_savings.would_save_runs', '+', row.ref('excluded.would_save_runs')),
        would_save_ms: row('reuse_savings.would_save_ms', '+', row.ref('excluded.would_save_ms')),
      })),
    ),
);

/** The green verdict that a new run takes over, counted; where that is not to be done, what it would have saved is. */
export async function takeOverVerdict(
  session: Session<Tables>,
  repository: number,
  { reuse }: Pick<Plan, 'reuse'>,
): Promise<ReusedFrom | undefined> {
  const green = reuse && (await session.one(find, { repository, fingerprint: reuse.fingerprint }));
  if (green === undefined) return undefined;
  const ms = green.duration_ms;
  const saved = reuse?.isOn === true ? { runs: 1, saved_ms: ms } : { runs: 0, saved_ms: 0 };
  const would = reuse?.isOn === true ? { runs: 0, ms: 0 } : { runs: 1, ms };
  await session.run(count, { repository, ...saved, would_save_runs: would.runs, would_save_ms: would.ms });
  return reuse?.isOn === true ? { run: green.run, number: green.number } : undefined;
}

/** In words: `reused from run 12, which tested the same tree`. */
export function reusedWords({ number }: ReusedFrom): string {
  const what = number === null ? '"signalbox run" on this machine' : `run ${number}`;
  return `reused from ${what}, which tested the same tree`;
}

type Completed = Pick<
  Selectable<Tables['runs']>,
  'id' | 'number' | 'repository' | 'fingerprint' | 'attempt' | 'retried' | 'started_at' | 'completed_at'
>;

/** A run is over: its verdict can be taken over if it passed at the first try, and no verdict of its tree can if it failed. */
export async function noteVerdict(
  session: Session<Tables>,
  run: Completed & { readonly conclusion: string | null },
  jobs: readonly Pick<RunJobRow, 'execution'>[],
): Promise<void> {
  const { repository, fingerprint, conclusion } = run;
  if (fingerprint === null) return;
  if (conclusion === 'failure' || conclusion === 'timed_out') await session.run(forget, { repository, fingerprint });
  if (conclusion !== 'success' || run.retried !== 0 || run.started_at === null || run.completed_at === null) return;
  if (jobs.some(({ execution }) => execution > 1)) return;
  if (run.attempt > 1 && (await session.one(formerFailure, { run: run.id })) !== undefined) return;
  const verdict = {
    run: run.id,
    number: run.number,
    duration_ms: run.completed_at - run.started_at,
    at: run.completed_at,
  };
  await session.run(remember, { repository, fingerprint, ...verdict });
}

/** A verdict of `signalbox run`; that of a run, which can be looked at, is not replaced by it. */
export async function rememberVerdict(
  session: Session<Tables>,
  { repository, fingerprint, durationMs }: { repository: number; fingerprint: string; durationMs: number },
  at: Date,
): Promise<void> {
  if ((await session.one(find, { repository, fingerprint })) !== undefined) return;
  await session.run(remember, { repository, fingerprint, run: null, number: null, duration_ms: durationMs, at: +at });
}

/** Forgets what is too old, and the oldest of what is too much. */
export async function tidyVerdicts({ db }: Session<Tables>, at: Date): Promise<void> {
  await db
    .deleteFrom('green_trees')
    .where('at', '<', +at - GOOD_MS)
    .execute();
  const last = await db
    .selectFrom('green_trees')
    .select('at')
    .orderBy('at', 'desc')
    .offset(MOST)
    .limit(1)
    .executeTakeFirst();
  if (last !== undefined) await db.deleteFrom('green_trees').where('at', '<=', last.at).execute();
}

const allSavings = statement((db: Kysely<Tables>, _: object) => db.selectFrom('reuse_savings').selectAll());

/** What was saved, by the id of the repository. */
export async function savings(session: Session<Tables>): Promise<Map<number, ReuseSavings>> {
  const rows = await session.all(allSavings, {});
  return new Map(
    rows.map((row) => [
      row.repository,
      {
        ...{ runs: row.runs, savedMs: row.saved_ms },
        ...{ wouldSaveRuns: row.would_save_runs, wouldSaveMs: row.would_save_ms },
      },
    ]),
  );
}
