import { runGit } from '../git/git.ts';
import { sharedGitDirAt } from '../git/refs.ts';
import { worstOf } from '../model/conclusion.ts';
import type { ApiRepository, ApiRun } from '../protocol/api-schema.ts';
import type { Context, Invocation } from './context.ts';
import { EXIT, exitCodeFor } from './exit-code.ts';
import { type Look, lookOf } from './looks.ts';
import { type QuickApi, quickApi } from './quick-api.ts';

/** `signalbox commit-status`. */
export async function run({ context, args, options }: Invocation): Promise<number> {
  return tell(args[0], { ...context, home: options.home, isJson: options.json === true });
}

interface Options extends Context {
  readonly home?: string | undefined;
  readonly isJson: boolean;
  /** As {@link quickApi} takes it. */
  readonly patienceMs?: number;
}

/** Prints the mark and the word of a commit (default: HEAD) for a prompt; the exit code. */
export async function tell(rev = 'HEAD', options: Options): Promise<number> {
  const { terminal, cwd } = options;
  const [sha, api] = await Promise.all([shaOf(rev, cwd), quickApi(options.home, options)]);
  const runs = sha === undefined ? undefined : await runsOf(sha, api, cwd);
  const status = statusOf(runs);
  const text = `${status.sign} ${status.word}`;
  if (options.isJson) terminal.json({ sha: sha ?? null, state: status.state });
  else terminal.line(terminal.colours[status.colour](text));
  return status.exitCode;
}

type Known = Pick<ApiRun, 'status' | 'conclusion' | 'retried' | 'workflow' | 'path' | 'event' | 'ref'>;

interface CommitStatus extends Look {
  readonly state: string;
  readonly exitCode: number;
}

/** The state of a commit by its runs, newest first: of each event, branch or tag, and workflow the last one counts. Undefined: nobody could be asked. */
export function statusOf(runs: readonly Known[] | undefined): CommitStatus {
  const unknown = { colour: 'gray', exitCode: EXIT.impossible } as const;
  if (runs === undefined) return { sign: '?', word: 'unknown', state: 'unknown', ...unknown };
  const newest = [
    ...new Map(runs.toReversed().map((run) => [`${run.event} ${run.ref} ${run.path ?? run.workflow}`, run])).values(),
  ];
  if (newest.length === 0) return { sign: '·', word: 'none', state: 'none', ...unknown };
  const open = newest.filter(({ status }) => status !== 'completed');
  const conclusion = worstOf(newest.flatMap((run) => run.conclusion ?? []));
  // one that has failed already is not waited for
  if (open.length > 0 && conclusion !== 'failure' && conclusion !== 'timed_out') {
    const status = open.some((run) => run.status === 'in_progress') ? 'in_progress' : 'queued';
    return { ...lookOf({ status, conclusion: null }), state: status, exitCode: EXIT.impossible };
  }
  const retried = newest.some((run) => run.retried === true);
  return {
    ...lookOf({ status: 'completed', conclusion, retried }),
    state: conclusion,
    exitCode: exitCodeFor(conclusion),
  };
}

async function runsOf(sha: string, api: QuickApi, cwd: string): Promise<readonly Known[] | undefined> {
  const answer = await api.get(`/api/runs?sha=${sha}&limit=50`);
  if (!Array.isArray(answer?.runs)) return undefined;
  const runs = answer.runs as readonly (Known & Pick<ApiRun, 'repository'>)[];
  if (new Set(runs.map(({ repository }) => repository)).size < 2) return runs;
  const here = await repositoryAt(cwd, api); // two clones have the same commits
  return here === undefined ? runs : runs.filter(({ repository }) => repository === here);
}

/** Name of the watched repository that this folder is in. */
async function repositoryAt(cwd: string, api: QuickApi): Promise<string | undefined> {
  const [answer, folder] = await Promise.all([api.get('/api/repositories'), sharedGitDirAt(cwd)]);
  const known = Array.isArray(answer?.repositories) ? (answer.repositories as readonly ApiRepository[]) : [];
  return known.find((one) => folder !== undefined && one.git_dir === folder)?.name;
}

/** The commit that git knows by this name here. */
async function shaOf(rev: string, cwd: string): Promise<string | undefined> {
  try {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${rev}^{commit}`];
    return (await runGit(args, { cwd })).toString('utf8').trim();
  } catch {
    return undefined;
  }
}
