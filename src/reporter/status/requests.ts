import { createHash } from 'node:crypto';
import type { ForgeSettings } from '../../config/config.ts';
import { clip } from './clip.ts';
import type { StatusBody, StatusState } from './status-body.ts';

/** What is posted to a forge for a status. */
export interface StatusRequest {
  readonly url: string;
  readonly json: { readonly [name: string]: unknown };
}

type States = Readonly<Record<StatusState, string>>;

/** GitHub has four states, and so has Gitea. A cancelled run tested nothing: the check is no failure of the code. */
const GITHUB: States = {
  ...{ queued: 'pending', running: 'pending', success: 'success', failure: 'failure', error: 'error' },
  cancelled: 'error',
};
const GITLAB: States = {
  ...{ queued: 'pending', running: 'running', success: 'success', failure: 'failed', error: 'failed' },
  cancelled: 'canceled',
};
const BITBUCKET: States = {
  ...{ queued: 'INPROGRESS', running: 'INPROGRESS', success: 'SUCCESSFUL', failure: 'FAILED', error: 'FAILED' },
  cancelled: 'STOPPED',
};
const DATA_CENTER: States = { ...BITBUCKET, cancelled: 'CANCELLED' };

/** What GitHub's and Gitea's `POST …/statuses/:sha` take. */
export function githubStatus({ state, context, description, url }: StatusBody) {
  return { state: GITHUB[state], context, description, target_url: url };
}

/** The request for a status, at every forge but GitHub, to which octokit talks. */
export function requestOf(body: StatusBody, { kind, api }: ForgeSettings): StatusRequest {
  const { path, sha, context, state, description, url, ref } = body;
  const [owner = '', name = ''] = path.split('/').map(encodeURIComponent);
  const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  switch (kind) {
    case 'gitlab':
      return {
        url: `${api}/projects/${encodeURIComponent(path)}/statuses/${sha}`,
        json: {
          ...{ state: GITLAB[state], name: clip(context, 255), target_url: url, description },
          ...(branch === undefined ? {} : { ref: branch }),
        },
      };
    case 'bitbucket':
      return {
        url: `${api}/repositories/${owner}/${name}/commit/${sha}/statuses/build`,
        json: {
          ...{ key: keyOf(context, 40), name: clip(context, 255), state: BITBUCKET[state], description, url },
          ...(branch === undefined ? {} : { refname: branch }),
        },
      };
    case 'bitbucket_data_center':
      return {
        url: `${api}/projects/${owner}/repos/${name}/commits/${sha}/builds`,
        json: {
          ...{ key: keyOf(context, 255), name: clip(context, 255), state: DATA_CENTER[state], description, url },
          ...(branch === undefined ? {} : { ref }),
        },
      };
    default:
      return { url: `${api}/repos/${owner}/${name}/statuses/${sha}`, json: githubStatus(body) };
  }
}

/** A context as Bitbucket's key: as it is, or, where it is too long, its beginning and a hash of the whole. */
function keyOf(context: string, limit: number): string {
  if (context.length <= limit) return context;
  const hash = createHash('sha256').update(context).digest('hex').slice(0, 10);
  return `${context.slice(0, limit - 11)}-${hash}`;
}
