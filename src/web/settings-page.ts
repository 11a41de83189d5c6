import type { Request } from 'express';
import { baseUrl, type WebContext } from './context.ts';
import type { DeliveryJson } from './deliveries-reader.ts';
import { repositoryJson } from './json.ts';
import { settingsFacts } from './settings-facts.ts';
import { OWN_AGENT } from './webhook-test.ts';

/** The parts of the settings. */
export const SECTIONS = ['repositories', 'webhooks', 'secrets', 'notifications', 'browser'] as const;

/** What the settings show; `section`: the part that is open. */
export async function loadSettings(context: WebContext, request: Request, section: (typeof SECTIONS)[number]) {
  const { store, operations, config, deliveries } = context;
  const base = baseUrl(context, request);
  const kinds = await store.credentials.kinds();
  const known = await store.repositories();
  const names = new Map(known.map(({ id, name }) => [id, name]));
  const newest = section === 'webhooks' ? await deliveries?.list(NEWEST) : undefined;
  const isList = section === 'repositories';
  const hooked = new Map<number, boolean | undefined>();
  for (const { id, gitDir } of isList ? known : [])
    if (gitDir !== null) hooked.set(id, await operations.hasHook(gitDir));
  const repositories = known.map((one) => ({
    ...repositoryJson(one, base),
    is_missing: hooked.has(one.id) && hooked.get(one.id) === undefined,
    /** Null: it is no folder of this machine, is not there any more, or nobody looked. */
    has_hook: hooked.get(one.id) ?? null,
    default_branch: operations.defaultBranchOf(one.id),
    credential: kinds.get(one.id) ?? null,
    settings: isList ? settingsFacts(config, one.name) : null,
    ...lastOf(newest?.deliveries.filter(({ repository }) => repository === one.name)),
  }));
  const isVault = section === 'secrets';
  const scopeOf = ({ repository, environment }: { repository: number | null; environment: string | null }) => ({
    repository: repository === null ? null : (names.get(repository) ?? String(repository)),
    environment,
  });
  const secrets = isVault ? await store.vault.secrets({}) : [];
  const variables = isVault ? await store.vault.variables({}) : [];
  return {
    section,
    is_logged_in: context.credentials.isCookie(request.headers.cookie),
    webhook_url: `${base}/webhooks`,
    is_public: config.publicUrl !== null,
    policy: config.defaults?.policy ?? null,
    repositories,
    secrets: secrets.map((one) => ({ name: one.name, ...scopeOf(one), readable: one.isReadable })),
    variables: variables.map((one) => ({ name: one.name, ...scopeOf(one), value: one.value })),
    newest: newest?.deliveries.find(isWebhook) ?? null,
    /** Of how many deliveries the last one of each repository was looked for; null: of all. */
    looked_at: newest?.next == null ? null : NEWEST.limit,
  };
}

/** The newest deliveries of all repositories: one that has none among them is quiet. */
const NEWEST = { before: Number.MAX_SAFE_INTEGER, limit: 100, repository: null, status: null };

/** The last webhook of a repository, and what the poller, its hook or the watcher told last. */
function lastOf(deliveries: readonly DeliveryJson[] = []) {
  return {
    last_webhook: deliveries.find(isWebhook) ?? null,
    last_told: deliveries.find(({ trigger }) => trigger !== 'webhook') ?? null,
  };
}

/** Did a forge send it? The test of the settings has the form of one. */
function isWebhook({ trigger, event, headers }: DeliveryJson): boolean {
  return trigger === 'webhook' && !(event === 'ping' && headers['user-agent'] === OWN_AGENT);
}
