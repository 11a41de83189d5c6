import { CONCLUSIONS, STATUSES } from '../model/conclusion.ts';
import { type ApiRun, runsSchema } from '../protocol/api-schema.ts';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { columns } from './draw/columns.ts';
import { paged } from './draw/pager.ts';
import { EXIT } from './exit-code.ts';
import { findRepository, repositoryNamed } from './find-repository.ts';
import { runsPath } from './find-run.ts';
import { oneOf, wholeNumber } from './options.ts';
import type { Terminal } from './terminal.ts';
import { RUN_COLUMNS, runCells } from './views.ts';

interface RunsOptions {
  readonly repository?: string;
  readonly sha?: string;
  readonly ref?: string;
  readonly status?: string;
  readonly conclusion?: string;
  readonly search?: string;
  readonly author?: string;
  readonly limit?: string;
  readonly before?: string;
}

/** `signalbox runs`. */
export async function run(invocation: Invocation<RunsOptions>): Promise<number> {
  const { options, context } = invocation;
  const { terminal } = context;
  const filter = {
    ref: options.ref,
    status: oneOf('--status', options.status, STATUSES),
    conclusion: oneOf('--conclusion', options.conclusion, CONCLUSIONS),
    author: options.author,
    ...shaFilter(options),
    before: wholeNumber('--before', options.before, 1, 9_999_999_999),
    limit: wholeNumber('-n, --limit', options.limit, 1, 100) ?? 20,
  };
  return withApi(invocation, async (api) => {
    const said = options.repository;
    const repository = said === undefined ? undefined : await repositoryNamed(api, said, context.cwd);
    const answer = await api.get(runsPath({ ...filter, repository }), runsSchema);
    // a mistyped name must not look like one without runs
    if (repository !== undefined && answer.runs.length === 0) await findRepository(api, repository, context.cwd);
    if (options.json) terminal.json(answer);
    else if (answer.runs.length === 0) terminal.say('no runs');
    else await paged(context, async (page) => printRuns(answer.runs, page));
    if (!options.json && terminal.isInteractive && answer.next) terminal.say(`older ones: --before ${answer.next}`);
    return EXIT.done;
  });
}

function printRuns(runs: readonly ApiRun[], terminal: Terminal): number {
  const rows = runs.map((one) => runCells(one, terminal, new Date()));
  for (const line of columns(rows, RUN_COLUMNS, terminal)) terminal.line(line);
  return EXIT.done;
}

/** A whole commit id is looked up; a beginning is searched for. */
function shaFilter({ sha, search }: RunsOptions): { sha?: string; q?: string } {
  if (sha !== undefined && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(sha))
    return search === undefined ? { sha } : { sha, q: search };
  const q = search ?? sha;
  return q === undefined ? {} : { q };
}
