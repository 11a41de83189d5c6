import type { ForgeSettings } from '../config/config.ts';

/** What the App hears of: what starts workflows, and the buttons of its checks. */
const EVENTS = [
  ...['push', 'pull_request', 'pull_request_review', 'create', 'delete', 'release', 'check_run', 'check_suite'],
];

/** What is asked of GitHub for a new App. */
export function manifestOf(name: string, base: string, publicUrl: string | null) {
  return {
    ...{ name, url: base, redirect_url: `${base}/github/app/callback`, public: false },
    description: 'Tests each commit, and tells how it went.',
    default_permissions: {
      ...{ checks: 'write', statuses: 'write', contents: 'read', metadata: 'read', pull_requests: 'read' },
    },
    // GitHub reaches nothing that is only on this machine
    ...(publicUrl === null
      ? {}
      : { hook_attributes: { url: `${base}/webhooks`, active: true }, default_events: EVENTS }),
  };
}

/** Where a new App is made: for a person, or for an organization. */
export function newAppUrl(
  { url }: Pick<ForgeSettings, 'url'>,
  organization: string | undefined,
  state: string,
): string {
  const owner = organization === undefined ? '' : `/organizations/${encodeURIComponent(organization)}`;
  return `${url}${owner}/settings/apps/new?state=${state}`;
}
