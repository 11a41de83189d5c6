import * as z from 'zod';
import { SHA_PATTERN } from '../model/push.ts';
import type { WireRepository } from '../protocol/wire-repository.ts';
import type { PlaceAtForge } from './forge-api.ts';
import type { Relayed } from './sender.ts';

/** An open pull or merge request, as its list tells of it. */
export interface PolledPull {
  readonly number: number;
  /** Of Bitbucket Cloud its first digits. */
  readonly sha: string;
  /** As the forge's webhook would tell that it is new (`before` undefined), or that its head was there. */
  told(repository: WireRepository, before: string | undefined): Pick<Relayed, 'event' | 'forge' | 'payload'>;
}

const sha = z.string().regex(SHA_PATTERN);
const named = z.object({ full_name: z.string() }).loose().nullish();
const side = z.object({ ref: z.string(), sha, repo: named }).loose();
const githubPulls = z.array(
  z
    .object({ number: z.int().positive(), head: side, base: side })
    .extend({ user: z.object({ login: z.string() }).loose().nullish(), merge_commit_sha: z.string().nullish() })
    .loose(),
);
const text = z.string().nullish();
const gitlabMerges = z.array(
  z.object({
    ...{ iid: z.int().positive(), sha: sha.nullish(), title: text, description: text, web_url: text },
    ...{ source_branch: z.string(), target_branch: z.string(), draft: z.boolean().nullish() },
    ...{ source_project_id: z.number().nullish(), target_project_id: z.number().nullish() },
    ...{ labels: z.array(z.string()).nullish(), author: z.object({ username: z.string() }).nullish() },
  }),
);

const hash = z.object({ hash: z.string().regex(/^[0-9a-f]{7,64}$/) }).loose();
const cloudPulls = z.object({
  values: z.array(
    z.object({ id: z.int().positive(), source: z.object({ commit: hash }).loose(), author: z.unknown() }).loose(),
  ),
});
const centerPulls = z.object({
  values: z.array(
    z
      .object({ id: z.int().positive(), fromRef: z.object({ latestCommit: sha }).loose() })
      .extend({ author: z.object({ user: z.unknown() }).nullish() })
      .loose(),
  ),
});

/** How the open ones of a repository are asked for: the newest first, one page of them. */
export function listOf({ kind, owner, repo, path }: PlaceAtForge): {
  readonly route: `GET /${string}`;
  readonly parameters: Readonly<Record<string, string | number>>;
} {
  switch (kind) {
    case 'gitlab':
      return {
        route: 'GET /projects/{path}/merge_requests',
        parameters: { path, state: 'opened', order_by: 'updated_at', per_page: 100 },
      };
    case 'bitbucket':
      return {
        route: 'GET /repositories/{owner}/{repo}/pullrequests',
        parameters: { owner, repo, state: 'OPEN', sort: '-updated_on', pagelen: 50 },
      };
    case 'bitbucket_data_center':
      return {
        route: 'GET /projects/{owner}/repos/{repo}/pull-requests',
        parameters: { owner, repo, state: 'OPEN', order: 'NEWEST', limit: 100 },
      };
    default: {
      const sorted =
        kind === 'github' ? { sort: 'updated', direction: 'desc', per_page: 100 } : { sort: 'recentupdate', limit: 50 };
      return { route: 'GET /repos/{owner}/{repo}/pulls', parameters: { owner, repo, state: 'open', ...sorted } };
    }
  }
}

/** @throws {ZodError} if it is no such list. */
export function pullsIn({ kind, path }: PlaceAtForge, data: unknown): readonly PolledPull[] {
  switch (kind) {
    case 'gitlab':
      return gitlabMerges.parse(data).flatMap((merge) => (merge.sha ? [ofGitlab(merge, merge.sha, path)] : []));
    case 'bitbucket':
      return cloudPulls.parse(data).values.map(ofCloud);
    case 'bitbucket_data_center':
      return centerPulls.parse(data).values.map(ofCenter);
    default:
      return githubPulls.parse(data).map(ofGithub);
  }
}

/** The list shows them as the webhook does. */
function ofCloud(pull: z.infer<typeof cloudPulls>['values'][number]): PolledPull {
  return {
    ...{ number: pull.id, sha: pull.source.commit.hash },
    told: ({ name }, before) => ({
      ...{ event: before === undefined ? 'pullrequest:created' : 'pullrequest:updated', forge: 'bitbucket' },
      payload: { actor: pull.author, repository: { full_name: name }, pullrequest: pull },
    }),
  };
}

function ofCenter(pull: z.infer<typeof centerPulls>['values'][number]): PolledPull {
  return {
    ...{ number: pull.id, sha: pull.fromRef.latestCommit },
    told: ({ name }, before) => ({
      ...{ event: before === undefined ? 'pr:opened' : 'pr:from_ref_updated', forge: 'bitbucket-data-center' },
      payload: {
        ...{ actor: pull.author?.user, pullRequest: pull },
        repository: { slug: name.split('/').at(-1), project: { key: name.split('/').slice(0, -1).join('/') } },
      },
    }),
  };
}

function ofGithub(pull: z.infer<typeof githubPulls>[number]): PolledPull {
  const { number, head, base, user, merge_commit_sha } = pull;
  const merge = merge_commit_sha && SHA_PATTERN.test(merge_commit_sha) ? merge_commit_sha : null;
  return {
    ...{ number, sha: head.sha },
    told: ({ name }, before) => ({
      event: 'pull_request',
      payload: {
        ...{ action: before === undefined ? 'opened' : 'synchronize', number },
        ...{ pull_request: { ...pull, merge_commit_sha: merge }, sender: { login: user?.login ?? '' } },
        repository: { ...base.repo, full_name: name },
      },
    }),
  };
}

/** Where one from another project is from is not in the list, so that it is held. */
function ofGitlab(merge: z.infer<typeof gitlabMerges>[number], id: string, path: string): PolledPull {
  const { iid, title, description, web_url, source_branch, target_branch, draft, labels, author } = merge;
  const isOwn = merge.source_project_id != null && merge.source_project_id === merge.target_project_id;
  const own = { path_with_namespace: path };
  return {
    ...{ number: iid, sha: id },
    told: ({ name }, before) => ({
      ...{ event: 'Merge Request Hook', forge: 'gitlab' },
      payload: {
        ...{ object_kind: 'merge_request', user: { username: author?.username ?? '' } },
        ...{ project: { path_with_namespace: name }, labels: (labels ?? []).map((one) => ({ title: one })) },
        object_attributes: {
          ...{ iid, title, description, url: web_url, draft, source_branch, target_branch, last_commit: { id } },
          ...(before === undefined ? { action: 'open' } : { action: 'update', oldrev: before }),
          ...{ source: isOwn ? own : null, target: own },
        },
      },
    }),
  };
}
