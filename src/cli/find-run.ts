import type { Api } from './api.ts';
import { ApiError } from './api.ts';
import { type ApiRun, type ApiRunDetail, repositoriesSchema, runSchema, runsSchema } from './api-schema.ts';
import { UnknownNameError, UsageError } from './usage-error.ts';

/** How many runs one request brings. */
const PAGE = 100;

/** Path and query of a list of runs. */
export function runsPath(filter: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(filter)) if (value !== undefined) query.set(key, String(value));
  return `/api/runs?${query}`;
}

/**
 * The run that someone means by an id, a `#number` (of `repository`, if there are several), the beginning of a commit,
 * or by nothing at all: the newest one.
 * @throws {UnknownNameError} if there is none; {UsageError} if the name could mean several.
 */
export async function findRun(api: Api, name: string | undefined, repository?: string): Promise<ApiRunDetail> {
  if (name === undefined) return detail(api, await newest(api, repository));
  const number = /^#(\d{1,15})$/.exec(name)?.[1];
  if (number !== undefined) return detail(api, await byNumber(api, Number(number), repository));
  const byId = /^\d{1,15}$/.test(name) ? await runWithId(api, name) : undefined;
  if (byId !== undefined) return byId;
  if (/^[0-9a-f]{4,64}$/i.test(name)) return detail(api, await bySha(api, name.toLowerCase(), repository));
  throw new UsageError(
    `"${name}" names no run; say its id, its #number, or the beginning of a commit (4 digits or more)`,
  );
}

async function newest(api: Api, repository: string | undefined): Promise<ApiRun> {
  const { runs } = await api.get(runsPath({ repository, limit: 1 }), runsSchema);
  return runs[0] ?? raise(new UnknownNameError('there is no run yet; make a commit in a watched repository'));
}

async function runWithId(api: Api, id: string): Promise<ApiRunDetail | undefined> {
  try {
    return await api.get(`/api/runs/${id}`, runSchema);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

async function bySha(api: Api, prefix: string, repository: string | undefined): Promise<ApiRun> {
  for await (const run of all(api, { repository, q: prefix })) if (run.sha.startsWith(prefix)) return run;
  throw new UnknownNameError(`there is no run of a commit ${prefix}; "signalbox runs" lists what there is`);
}

async function byNumber(api: Api, number: number, repository: string | undefined): Promise<ApiRun> {
  const found: ApiRun[] = [];
  for (const name of repository === undefined ? await repositoriesWithRuns(api) : [repository])
    for await (const run of all(api, { repository: name })) {
      if (run.number === number) found.push(run);
      if (run.number <= number) break;
    }
  const [run, other] = found;
  if (run === undefined) throw new UnknownNameError(`there is no run #${number}; "signalbox runs" lists what there is`);
  if (other === undefined) return run;
  const names = found.map((one) => one.repository).join(', ');
  throw new UsageError(`#${number} is a run of ${names}; say which with --repository`);
}

async function repositoriesWithRuns(api: Api): Promise<readonly string[]> {
  const { repositories } = await api.get('/api/repositories', repositoriesSchema);
  return repositories.map((repository) => repository.name);
}

async function* all(api: Api, filter: Readonly<Record<string, string | undefined>>): AsyncGenerator<ApiRun> {
  for (let before: number | undefined; ; ) {
    const { runs } = await api.get(runsPath({ ...filter, before, limit: PAGE }), runsSchema);
    yield* runs;
    before = runs.at(-1)?.id;
    if (runs.length < PAGE) return;
  }
}

function detail(api: Api, run: ApiRun): Promise<ApiRunDetail> {
  return api.get(`/api/runs/${run.id}`, runSchema);
}

function raise(error: Error): never {
  throw error;
}
