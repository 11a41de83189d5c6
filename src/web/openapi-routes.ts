import * as z from 'zod';
import {
  acceptedAnswer,
  deliveriesAnswer,
  deliveryAnswer,
  deliveryDetailAnswer,
  redeliveredAnswer,
  refusedAnswer,
  webhookPingAnswer,
  webhookSecretAnswer,
} from '../protocol/delivery-answers.ts';
import { githubAppAnswer, githubManifestAnswer } from '../protocol/github-app-answers.ts';
import { logLinesAnswer, logOutlineAnswer, logSearchAnswer } from '../protocol/log-answers.ts';
import { notificationsAnswer, notificationTestAnswer, reporterAnswer } from '../protocol/notify-answers.ts';
import { queueAnswer, runnerAnswer, runnersAnswer } from '../protocol/queue-answers.ts';
import { reporterSummarySchema } from '../protocol/reporter-summary.ts';
import {
  addedRepositoryAnswer,
  commitsAnswer,
  homeAnswer,
  removedRepositoryAnswer,
  repositoriesAnswer,
  repositoryDetailAnswer,
} from '../protocol/repository-answers.ts';
import {
  cancelAnswer,
  dispatchedAnswer,
  rerunAnswer,
  runAnswer,
  runDetailAnswer,
  runsAnswer,
} from '../protocol/run-answers.ts';
import { errorAnswer, healthAnswer, loginLinkAnswer, verdictAnswer } from '../protocol/server-answers.ts';
import { flakyAnswer, testsAnswer } from '../protocol/test-answers.ts';
import { secretsAnswer, setAnswer, variablesAnswer } from '../protocol/vault-answers.ts';
import { approveSchema, cancelSchema, eventSchema, rerunSchema, workflowSchema } from './api-actions.ts';
import { querySchema as eventsQuery } from './api-events.ts';
import { querySchema as logQuery } from './api-log.ts';
import { linesSchema, outlineSchema, searchSchema } from './api-log-lines.ts';
import {
  listSchema as notificationsQuery,
  testSchema as notificationTestSchema,
  previewSchema as previewQuery,
} from './api-notifications.ts';
import { addSchema } from './api-repositories.ts';
import { queueSchema, runFilterSchema } from './api-runs.ts';
import { flakySchema, listSchema as testsQuery } from './api-tests.ts';
import { scopeSchema, setSchema } from './api-vault.ts';
import { verdictSchema } from './api-verdicts.ts';
import { badgeSchema } from './badge.ts';
import { feedSchema } from './feeds.ts';
import { wishSchema } from './github-app.ts';

/** A route as `/api/openapi.json` tells of it. */
export interface DescribedRoute {
  readonly method: 'get' | 'post' | 'delete';
  /** As OpenAPI writes it: `/api/runs/{id}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** Checks what comes behind `?`. */
  readonly query?: z.ZodType;
  /** Checks the body. */
  readonly body?: z.ZodType;
  /** By status: what the answer is; text: its media type; null: nothing. */
  readonly answers: Readonly<Record<number, z.ZodType | string | null>>;
}

type Answers = DescribedRoute['answers'];
type More = Pick<DescribedRoute, 'query' | 'body'>;

const route =
  (method: DescribedRoute['method']) =>
  (tag: string, path: string, summary: string, found: Answers, more: More = {}): DescribedRoute => ({
    ...{ method, path, tag, summary, answers: found },
    ...more,
  });
const get = route('get');
const post = route('post');
const remove = route('delete');

const TEXT = 'text/plain';
const EVENTS = 'text/event-stream';
const deliveriesQuery = z.object({
  ...{ repository: z.string().optional(), status: deliveryAnswer.shape.status.optional() },
  ...{ before: z.string().regex(/^\d+$/).optional(), limit: z.string().regex(/^\d+$/).optional() },
});

/** Every route that programs may rely on. The bodies and queries are checked by the schemas that stand here. */
export const ROUTES: readonly DescribedRoute[] = [
  get('runs', '/api/runs', 'Runs, newest first', { 200: runsAnswer }, { query: runFilterSchema }),
  get('runs', '/api/runs/{id}', 'A run with its jobs', { 200: runDetailAnswer }),
  get('runs', '/api/runs/{id}/tests', 'All its tests', { 200: testsAnswer }, { query: testsQuery }),
  post('runs', '/api/runs/{id}/rerun', 'Try it again', { 201: rerunAnswer }, { body: rerunSchema }),
  post('runs', '/api/runs/{id}/cancel', 'End it', { 202: cancelAnswer }, { body: cancelSchema }),
  post('runs', '/api/runs/{id}/approve', 'Let one that is held begin', { 200: runAnswer }, { body: approveSchema }),
  get('runs', '/api/queue', 'What waits, and why', { 200: queueAnswer }, { query: queueSchema }),
  get('runs', '/api/artifacts/{id}', 'The zip of an artifact', { 200: 'application/zip' }),
  get(
    ...(['logs', '/api/jobs/{id}/log', 'The log of a job; with follow=1 as it grows, as server-sent events'] as const),
    { 200: TEXT, 206: TEXT, 410: errorAnswer },
    { query: logQuery },
  ),
  get('logs', '/api/jobs/{id}/log/lines', 'Lines by number', { 200: logLinesAnswer }, { query: linesSchema }),
  get(
    ...(['logs', '/api/jobs/{id}/log/outline', 'What stands out in it'] as const),
    { 200: logOutlineAnswer },
    { query: outlineSchema },
  ),
  get(
    ...(['logs', '/api/jobs/{id}/log/search', 'The lines that hold a text'] as const),
    { 200: logSearchAnswer },
    { query: searchSchema },
  ),
  get('events', '/api/events', 'Every change, as a server-sent event', { 200: EVENTS }, { query: eventsQuery }),
  get('repositories', '/api/repositories', 'What is watched', { 200: repositoriesAnswer }),
  get('repositories', '/api/home', 'What the home page shows', { 200: homeAnswer }),
  get('repositories', '/api/repositories/{repository}/commits', 'Its last commits', { 200: commitsAnswer }),
  post(
    ...(['repositories', '/api/repositories', 'Watch a repository'] as const),
    { 200: addedRepositoryAnswer, 201: addedRepositoryAnswer },
    { body: addSchema },
  ),
  get('repositories', '/api/repositories/{repository}', 'One', { 200: repositoryDetailAnswer }),
  remove('repositories', '/api/repositories/{repository}', 'Watch it no more', { 200: removedRepositoryAnswer }),
  post(...(['repositories', '/api/repositories/{repository}/webhook-secret', 'The secret of its webhooks'] as const), {
    200: webhookSecretAnswer,
  }),
  post(
    ...(['repositories', '/api/repositories/{repository}/webhook-ping', 'Try its webhook at our own door'] as const),
    { 200: webhookPingAnswer },
  ),
  remove('repositories', '/api/repositories/{repository}/credential', 'Forget its token or key', { 204: null }),
  get(
    ...(['repositories', '/api/repositories/{repository}/tests', 'Its flaky tests'] as const),
    { 200: flakyAnswer },
    { query: flakySchema },
  ),
  post(
    ...(['repositories', '/api/repositories/{repository}/dispatches', 'Start a workflow by hand'] as const),
    { 200: dispatchedAnswer, 201: dispatchedAnswer },
    { body: z.union([workflowSchema, eventSchema]) },
  ),
  post(
    ...(['repositories', '/api/verdicts', 'Tell of a workflow that passed in "signalbox run"'] as const),
    { 201: verdictAnswer },
    { body: verdictSchema },
  ),
  get(
    ...(['notifications', '/api/notifications', 'Who is told of what'] as const),
    { 200: notificationsAnswer, 503: errorAnswer },
    { query: notificationsQuery },
  ),
  post(
    ...(['notifications', '/api/notifications/test', 'Send a test'] as const),
    { 200: notificationTestAnswer },
    { body: notificationTestSchema },
  ),
  get(
    ...(['notifications', '/api/notifications/preview', 'What one looks like'] as const),
    { 200: 'text/html', 503: errorAnswer },
    { query: previewQuery },
  ),
  get('github', '/api/github/app', 'The GitHub App of this server', { 200: githubAppAnswer }),
  remove('github', '/api/github/app', 'Forget it', { 204: null }),
  post(
    ...(['github', '/api/github/app/manifest', 'Begin to make one'] as const),
    { 201: githubManifestAnswer },
    { body: wishSchema },
  ),
  get('server', '/api/reporter', 'How the reporter is', { 200: reporterAnswer }),
  post('server', '/api/reporter', 'The reporter says how it is', { 204: null }, { body: reporterSummarySchema }),
  get('runners', '/api/runners', 'Runners', { 200: runnersAnswer }),
  post('runners', '/api/runners/{name}/drain', 'Give it no new jobs', { 200: runnerAnswer }),
  post('runners', '/api/runners/{name}/resume', 'Take that back, before it has left', { 200: runnerAnswer }),
  get('secrets', '/api/secrets', 'Names of secrets', { 200: secretsAnswer }, { query: scopeSchema }),
  ...vault('secrets', '/api/secrets'),
  get('variables', '/api/variables', 'Variables', { 200: variablesAnswer }, { query: scopeSchema }),
  ...vault('variables', '/api/variables'),
  get('deliveries', '/api/deliveries', 'What came in', { 200: deliveriesAnswer }, { query: deliveriesQuery }),
  get('deliveries', '/api/deliveries/refused', 'What was not taken, since the server started', { 200: refusedAnswer }),
  get('deliveries', '/api/deliveries/{id}', 'One, with its payload', { 200: deliveryDetailAnswer }),
  post('deliveries', '/api/deliveries/{id}/redeliver', 'Process it again', { 202: redeliveredAnswer }),
  post(
    ...(['deliveries', '/webhooks', 'A signed event of a forge or of a hook'] as const),
    { 200: acceptedAnswer, 202: acceptedAnswer },
    { body: z.looseObject({}) },
  ),
  post('server', '/api/login-links', 'A link that lets one browser in', { 201: loginLinkAnswer }),
  get('server', '/healthz', 'Alive', { 200: healthAnswer }),
  get('server', '/readyz', 'Ready to take work', { 200: healthAnswer, 503: errorAnswer }),
  get('server', '/metrics', 'For Prometheus', { 200: TEXT }),
  get('server', '/api/openapi.json', 'This description', { 200: 'application/json' }),
  get(
    'feeds',
    '/badges/{name}',
    'The verdict of a branch: acme/app.svg',
    { 200: 'image/svg+xml' },
    { query: badgeSchema },
  ),
  get('feeds', '/cctray.xml', 'For build lights', { 200: 'application/xml' }, { query: feedSchema }),
  get('feeds', '/feed.atom', 'The newest verdicts', { 200: 'application/atom+xml' }, { query: feedSchema }),
];

/** What secrets and variables have in common. */
function vault(tag: string, path: string): readonly DescribedRoute[] {
  return [
    post(tag, path, 'Set one', { 200: setAnswer, 201: setAnswer }, { body: setSchema }),
    remove(tag, `${path}/{name}`, 'Remove one', { 204: null }, { query: scopeSchema }),
  ];
}
