import type { Api } from '../protocol/api.ts';
import { ApiError } from '../protocol/api.ts';
import { type ApiRun, type ApiRunDetail, repositoriesSchema, runSchema, runsSchema } from '../protocol/api-schema.ts';
import { commitNamed, isRevision } from './commit-named.ts';
import { findRepository, repositoryHere, repositoryNamed } from './find-repository.ts';
import { UnknownNameError, UsageError } from './usage-error.ts';
import { runName, shortSha } from './views.ts';

/** How many runs one request brings. */
const PAGE = 100;

/** Path and query of a list of runs. */
export function runsPath(filter: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(filter)) if (value !== undefined) query.set(key, String(value));
  return `/api/runs?${query}`;
}

/** Where a run is looked for. */
export interface Where {
  /** What was said with `--repository`. */
  readonly repository?: string | undefined;
  /** The folder one is in: a watched repository around it is meant where nothing else is said. */
  readonly cwd: string;
}

/**
 * The run that someone means by an id, `#number`, `repository#number`, the beginning of a commit, a repository (its newest),
 * what git calls a commit in the watched repository that one is in (`HEAD`, `HEAD~2`, a branch, a tag), or by nothing at all: the
 * newest of the repository that one is in, else of all.
 * @throws {UnknownNameError} if there is none; {UsageError} if the name could mean several.
 */
export async function findRun(api: Api, name: string | undefined, where: Where): Promise<ApiRunDetail> {
  const { repository: said, cwd } = where;
  const repository = said === undefined ? undefined : await repositoryNamed(api, said, cwd);
  const here = async () => repository ?? (await repositoryHere(api, cwd));
  if (name === undefined) return detail(api, await newest(api, await here()));
  const [, of, number] = /^(.*)#(\d{1,15})$/.exec(name) ?? [];
  if (number !== undefined)
    return detail(api, await byNumber(api, Number(number), of ? await repositoryNamed(api, of, cwd) : await here()));
  if (isRevision(name)) return detail(api, await ofRevision(api, name, cwd, repository));
  const byId = /^\d{1,15}$/.test(name) ? await runWithId(api, name) : undefined;
  if (byId !== undefined) return byId;
  const bySha = /^[0-9a-f]{4,64}$/i.test(name) ? await ofCommit(api, name.toLowerCase(), repository) : undefined;
  return detail(api, bySha ?? (await newestNamed(api, name, cwd, repository)));
}

/** A name that is nothing else may be a repository's, or a branch's. */
async function newestNamed(api: Api, name: string, cwd: string, repository: string | undefined): Promise<ApiRun> {
  const meant = await findRepository(api, name, cwd).catch((error: unknown) => {
    if (error instanceof UnknownNameError) return undefined;
    throw error;
  });
  if (meant !== undefined) return newest(api, meant.name);
  const sha = await commitNamed(name, cwd);
  if (sha !== undefined) return ofNamedCommit(api, { name, sha }, repository ?? (await repositoryHere(api, cwd)));
  const isHex = /^[0-9a-f]{4,64}$/i.test(name);
  if (isHex) throw new UnknownNameError(`there is no run of a commit ${name}; "signalbox runs" lists what there is`);
  throw new UsageError(
    `"${name}" names no run; say its id, repository#number, the beginning of a commit (4 digits or more), or ` +
      'inside a watched repository what git calls a commit: HEAD, a branch, a tag',
  );
}

async function ofRevision(api: Api, name: string, cwd: string, repository: string | undefined): Promise<ApiRun> {
  const sha = await commitNamed(name, cwd);
  if (sha === undefined) throw new UsageError(`git knows no commit "${name}" in ${cwd}; stand in a watched repository`);
  return ofNamedCommit(api, { name, sha }, repository ?? (await repositoryHere(api, cwd)));
}

/** The newest run of a commit that git knows by a name; a clone beside this one has the same commits, and runs of its own. */
async function ofNamedCommit(
  api: Api,
  { name, sha }: { readonly name: string; readonly sha: string },
  repository: string | undefined,
): Promise<ApiRun> {
  const run = await ofCommit(api, sha, repository);
  if (run !== undefined) return run;
  throw new UnknownNameError(`there is no run of ${name} (${shortSha(sha)}); "signalbox runs" lists what there is`);
}

async function newest(api: Api, repository: string | undefined): Promise<ApiRun> {
  const { runs } = await api.get(runsPath({ repository, limit: 1 }), runsSchema);
  const [run] = runs;
  if (run !== undefined) return run;
  const [of, where] = repository === undefined ? ['', 'in a watched repository'] : [` of ${repository}`, 'there'];
  throw new UnknownNameError(`there is no run${of} yet; make a commit ${where}`);
}

async function runWithId(api: Api, id: string): Promise<ApiRunDetail | undefined> {
  try {
    return await api.get(`/api/runs/${id}`, runSchema);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

async function ofCommit(api: Api, prefix: string, repository: string | undefined): Promise<ApiRun | undefined> {
  for await (const run of all(api, { repository, q: prefix })) if (run.sha.startsWith(prefix)) return run;
  return undefined;
}

async function byNumber(api: Api, number: number, repository: string | undefined): Promise<ApiRun> {
  const found: ApiRun[] = [];
  for (const name of repository === undefined ? await repositoriesWithRuns(api) : [repository])
    for await (const run of all(api, { repository: name })) {
      if (run.number === number) found.push(run);
      if (run.number <= number) break;
    }
  const [run, other] = found;
  if (run === undefined)
    throw new UnknownNameError(`there is no run ${repository ?? ''}#${number}; "signalbox runs" lists what there is`);
  if (other === undefined) return run;
  const names = found.map((one) => runName(one)).join(' or ');
  throw new UsageError(`#${number} could be ${names}; say which`);
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
