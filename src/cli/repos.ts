import { duration } from '../../web/src/words.ts';
import { type ApiRepository, repositoriesSchema } from '../protocol/api-schema.ts';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { columns } from './draw/columns.ts';
import { paged } from './draw/pager.ts';
import { table } from './draw/table.ts';
import { hanging, widthOf } from './draw/width.ts';
import { EXIT } from './exit-code.ts';
import { oneLine } from './harmless.ts';
import type { Terminal } from './terminal.ts';
import { brokenSince, refName, sign } from './views.ts';

const STATES = { green: 'green', broken: 'broken', untested: 'could not be tested' } as const;

/** `signalbox repos`. */
export async function run(invocation: Invocation): Promise<number> {
  const { terminal } = invocation.context;
  return withApi(invocation, async (api) => {
    const answer = await api.get('/api/repositories', repositoriesSchema);
    if (invocation.options.json) {
      terminal.json(answer);
      return EXIT.done;
    }
    if (answer.repositories.length === 0) terminal.say('no repositories; add one with "signalbox add PATH|URL"');
    return paged(invocation.context, async (page) => {
      for (const line of repositoryLines(answer.repositories, page)) page.line(line);
      return EXIT.done;
    });
  });
}

/** What is watched; on a terminal the verdict comes first, and the broken ones before the green. */
export function repositoryLines(repositories: readonly ApiRepository[], terminal: Terminal): readonly string[] {
  const lines = terminal.isInteractive
    ? drawnLines(repositories, terminal)
    : table(
        repositories.map(({ name, sources, verdict }) => [
          oneLine(name),
          sources.map(oneLine).join('  '),
          verdictWords(verdict),
        ]),
        terminal,
      );
  const more = [missingLines, scheduleLines, reuseLines].flatMap((tell) => repositories.flatMap(tell));
  return [...lines, ...more.flatMap((line) => hanging(line, terminal.width))];
}

/** Where a repository lies is told if nothing of its verdict has to be cut for it. */
function drawnLines(repositories: readonly ApiRepository[], terminal: Terminal): readonly string[] {
  const rows = [...repositories].sort((a, b) => rankOf(a) - rankOf(b)).map((one) => drawnCells(one, terminal));
  const widest = (at: number) => Math.max(0, ...rows.map((row) => widthOf(row[at] ?? '')));
  const isWhole = widest(0) + widest(1) + widest(2) + 4 <= (terminal.width ?? Number.POSITIVE_INFINITY);
  const [name, words] = isWhole ? [{}, {}] : [{ min: 12 }, { min: 20 }];
  return columns(rows, [{}, name, words, { leaves: 1 }], terminal);
}

/** Broken, could not be tested, green, no verdict yet. */
const STATE_MARKS = { broken: 'failure', untested: 'error', green: 'success' } as const;

function rankOf({ verdict }: ApiRepository): number {
  return verdict ? Object.keys(STATE_MARKS).indexOf(verdict.state) : 3;
}

function drawnCells({ name, sources, verdict }: ApiRepository, terminal: Terminal): readonly string[] {
  const { colours } = terminal;
  const mark = verdict
    ? sign({ status: 'completed', conclusion: STATE_MARKS[verdict.state] }, terminal)
    : colours.gray('·');
  const words = verdictWords(verdict) || 'no verdict yet';
  const isBad = verdict?.state === 'broken' || verdict?.state === 'untested';
  return [
    mark,
    isBad ? colours.bold(oneLine(name)) : oneLine(name),
    isBad ? words : colours.dim(words),
    colours.dim(sources.map(oneLine).join('  ')),
  ];
}

/** `main is broken since 1f3c9a2e4 by Ada, 3 commits ago`; empty where there is no verdict yet. */
function verdictWords(verdict: ApiRepository['verdict']): string {
  if (!verdict) return '';
  const { ref, state, broken_since: breakage } = verdict;
  const words = breakage === null ? STATES[state] : brokenSince(breakage, 'its newest commit');
  return `${refName(ref)}: ${words}`;
}

/** `local/app  Nightly is due at 2026-01-02T03:00:00.000Z (0 3 * * *)`, for each line of a schedule. */
function scheduleLines({ name, schedules = [] }: ApiRepository): readonly string[] {
  return schedules.map(({ workflow, cron, timezone, next_at: next }) => {
    const zone = timezone === 'UTC' ? '' : ` ${oneLine(timezone)}`;
    return `${oneLine(name)}  ${oneLine(workflow)} is due ${next === null ? 'never' : `at ${next}`} (${oneLine(cron)}${zone})`;
  });
}

/** A folder that is gone: what is known of it stays true, and nothing new is seen. */
function missingLines({ name, git_dir: folder, is_missing: isMissing }: ApiRepository): readonly string[] {
  if (isMissing !== true) return [];
  const help = `put it back, or "signalbox remove ${name}" ends watching it`;
  return [oneLine(`${name}: ${folder} is not there any more, so no commit of it is seen; ${help}`)];
}

/** `local/app  reuse: tree would have saved 3 min 5 s in 4 runs`. */
function reuseLines({ name, reuse }: ApiRepository): readonly string[] {
  if (reuse === undefined) return [];
  const { runs, saved_ms: saved, would_save_runs: wouldRuns, would_save_ms: would } = reuse;
  const words = (verb: string, ms: number, count: number) =>
    count === 0 ? [] : [`${verb} ${duration(ms)} in ${count} ${count === 1 ? 'run' : 'runs'}`];
  return [...words('saved', saved, runs), ...words('would have saved', would, wouldRuns)].map(
    (said) => `${oneLine(name)}  reuse: tree ${said}`,
  );
}
