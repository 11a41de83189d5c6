import * as z from 'zod';
import type { GithubClient, GithubRequest } from '../github-client.ts';
import type { CheckDraft } from './check-draft.ts';
import type { StatusBody } from './status-body.ts';

/** GitHub takes so many annotations in one request, and adds them to those that are there. */
const BATCH = 50;

const listSchema = z.object({
  check_runs: z.array(
    z.object({
      id: z.int(),
      external_id: z.string().nullish(),
      output: z.object({ annotations_count: z.int().nonnegative().default(0) }).nullish(),
    }),
  ),
});

/** A button on a check that failed, beside GitHub's own. */
const RERUN_FAILED = {
  label: 'Rerun failed jobs',
  description: 'Only jobs that did not succeed',
  identifier: 'rerun_failed',
};

/**
 * Makes the check run of a run's attempt, or changes the one that is there: found by its external id, so that nothing has to be
 * remembered, and annotations that a try before this one sent are not sent again.
 */
export async function sendCheck(
  client: GithubClient,
  status: StatusBody,
  check: CheckDraft,
  told: Omit<GithubRequest, 'route' | 'parameters'>,
): Promise<void> {
  const [owner, repo] = status.path.split('/');
  const place = { owner, repo };
  const ask = (route: string, parameters: object) =>
    client.request({ ...told, route, parameters: { ...place, ...parameters } });
  const listed = await ask('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
    ...{ ref: status.sha, check_name: status.context, filter: 'all', per_page: 100 },
  });
  const found = listSchema.parse(listed).check_runs.find(({ external_id }) => external_id === check.external_id);
  const rest = check.annotations.slice(found?.output?.annotations_count ?? 0);
  const first = { ...whole(status, check), output: output(status, check, rest.splice(0, BATCH)) };
  const made =
    found === undefined
      ? await ask('POST /repos/{owner}/{repo}/check-runs', { name: status.context, head_sha: status.sha, ...first })
      : await ask('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', { check_run_id: found.id, ...first });
  const { id: check_run_id } = z.object({ id: z.int() }).parse(made);
  while (rest.length > 0)
    await ask('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {
      ...{ check_run_id, output: output(status, check, rest.splice(0, BATCH)) },
    });
}

function whole({ url }: StatusBody, { annotations: _, summary: __, ...check }: CheckDraft) {
  const isBad = check.conclusion !== undefined && check.conclusion !== 'success' && check.conclusion !== 'skipped';
  return { ...check, details_url: url, ...(isBad ? { actions: [RERUN_FAILED] } : {}) };
}

function output({ description }: StatusBody, { summary }: CheckDraft, annotations: CheckDraft['annotations']) {
  return { title: description, summary, ...(annotations.length === 0 ? {} : { annotations }) };
}
