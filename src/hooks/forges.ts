import type { IncomingHttpHeaders } from 'node:http';
import { bitbucket } from './bitbucket.ts';
import { bitbucketDataCenter } from './bitbucket-data-center.ts';
import { unreadable } from './delivery-error.ts';
import type { Forge } from './forge.ts';
import { forgejo, gitea } from './gitea.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';

/** All ways, asked in this order: Forgejo speaks like Gitea too, and both like GitHub. */
const FORGES: readonly Forge[] = [forgejo, gitea, gitlab, bitbucket, bitbucketDataCenter, github];

/** The forge of a delivery that is journaled. */
export function forgeNamed(name: string): Forge | undefined {
  return FORGES.find((one) => one.name === name);
}

/** The forge of a delivery. @throws {DeliveryError} if nobody knows it. */
export function forgeOf(headers: IncomingHttpHeaders): Forge {
  const forge = FORGES.find((one) => one.recognizes(headers));
  if (forge === undefined)
    throw unreadable(
      'it has no header by which a forge is known (X-GitHub-Event, X-Gitlab-Event, X-Gitea-Event, X-Event-Key …)',
    );
  return forge;
}

/** Does somebody only try whether anybody is here? It speaks of no repository, so nothing can be verified. */
export function isGreeting(headers: IncomingHttpHeaders): boolean {
  return headers['x-event-key'] === 'diagnostics:ping';
}
