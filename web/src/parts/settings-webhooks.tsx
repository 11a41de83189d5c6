import { useState } from 'preact/hooks';
import { askServer } from '../ask-server.ts';
import type { SettingsData } from '../settings-data.ts';
import { withQuery } from '../urls.ts';
import { Command } from './command.tsx';
import { becameOf, fromWhom } from './delivery.tsx';
import { type Outcome, refused, Said, told } from './said.tsx';
import { Ago } from './time.tsx';

/** What each forge calls the fields of its form. */
const FORGES = [
  {
    name: 'GitHub',
    where: 'Settings, Webhooks, Add webhook',
    url: 'Payload URL',
    type: 'Content type: application/json',
    secret: 'Secret',
    events: 'Let me select individual events: Pushes, Pull requests',
    test: 'GitHub sends a ping by itself; Recent Deliveries has Redeliver',
  },
  {
    name: 'Gitea',
    where: 'Settings, Webhooks, Add webhook, Gitea',
    url: 'Target URL',
    type: 'POST Content Type: application/json',
    secret: 'Secret',
    events: 'Custom events: Push, Create, Delete, Pull request',
    test: 'Test Delivery, at the end of the webhook’s page',
  },
  {
    name: 'Forgejo',
    where: 'Settings, Webhooks, Add webhook, Forgejo',
    url: 'Target URL',
    type: 'POST Content Type: application/json',
    secret: 'Secret',
    events: 'Custom events: Push, Create, Delete, Pull request',
    test: 'Test delivery, at the end of the webhook’s page',
  },
  {
    name: 'GitLab',
    where: 'Settings, Webhooks, Add new webhook',
    url: 'URL',
    type: 'always JSON',
    secret: 'Secret token',
    events: 'Push events, Tag push events, Merge request events',
    test: 'Test, Push events, beside the webhook',
  },
  {
    name: 'Bitbucket',
    where: 'Repository settings, Webhooks, Add webhook',
    url: 'URL',
    type: 'always JSON',
    secret: 'Secret',
    events: 'Repository push; Pull request: Created, Updated, Merged, Declined',
    test: 'Data Center: Test connection. Cloud: push something, then View requests',
  },
] as const;

/** The steps and values for a webhook of each forge, and a try. */
export function Webhooks({ data }: { readonly data: SettingsData }) {
  const { newest } = data;
  return (
    <section>
      <h2>Point a webhook here</h2>
      <Command text={data.webhook_url} />
      {!data.is_public && (
        <p class="warn">
          <code>public_url</code> is not set, so this is the address as this browser knows it. The forge must be able to
          reach the server: set <code>public_url</code> to the address that it can reach.
        </p>
      )}
      <h3>The secret, one for each repository</h3>
      {data.repositories.length === 0 && <p class="none">No repository is watched yet: add it first.</p>}
      <ul class="settings-rows">
        {data.repositories.map((one) => (
          <SecretAndTest key={one.id} repository={one} lookedAt={data.looked_at} />
        ))}
      </ul>
      <h3>The fields of each forge</h3>
      {FORGES.map((forge) => (
        <details key={forge.name} class="forge">
          <summary>{forge.name}</summary>
          <ol class="steps">
            <li>{forge.where}</li>
            <li>
              {forge.url}: <code>{data.webhook_url}</code>
            </li>
            <li>{forge.type}</li>
            <li>{forge.secret}: that of the repository, above</li>
            <li>{forge.events}</li>
            <li>To try it: {forge.test}. What arrives stands below.</li>
          </ol>
        </details>
      ))}
      <h3>The newest webhook</h3>
      {newest === null ? (
        <p class="dim">None arrived yet; what does appears here by itself.</p>
      ) : (
        <p>
          <a class="link" href={withQuery('/deliveries', { delivery: newest.id })}>
            {newest.repository}, {fromWhom(newest)}
          </a>
          , <Ago at={newest.received_at} />: {becameOf(newest)}
        </p>
      )}
    </section>
  );
}

/** The secret of a repository, a try, and what arrived last. */
function SecretAndTest(props: {
  readonly repository: SettingsData['repositories'][number];
  readonly lookedAt: number | null;
}) {
  const { repository, lookedAt } = props;
  const { id, name, last_webhook: webhook, last_told: other } = repository;
  const last = webhook ?? other;
  const [secret, setSecret] = useState<string | null>(null);
  const [said, setSaid] = useState<Outcome | null>(null);
  const show = async () => {
    const answer = await askServer('POST', `/api/repositories/${id}/webhook-secret`, {});
    if (answer.isDone) setSecret((answer.body as { secret: string }).secret);
    setSaid(answer.isDone ? null : refused(answer.why));
  };
  const ping = async () => {
    setSaid(told('Sent a signed ping to our own door'));
    const answer = await askServer('POST', `/api/repositories/${id}/webhook-ping`, {});
    if (!answer.isDone) return setSaid(refused(answer.why));
    const { status, accepted } = answer.body as { status: number; accepted: boolean };
    setSaid(
      accepted
        ? told('The door takes what is signed with this secret. Whether the forge can reach it, its own test shows')
        : refused(`The door answered ${status}; why is among what was refused, on the page Deliveries`),
    );
  };
  return (
    <li data-row>
      <div>
        {name}
        <p class="meta">
          {webhook === null &&
            (lookedAt === null ? 'no webhook yet' : `no webhook among the newest ${lookedAt} deliveries`)}
          {last !== null && (
            <>
              {webhook !== null ? 'last delivery: ' : `; the last ${last.event} was told by ${last.trigger} `}
              <a class="link" href={withQuery('/deliveries', { delivery: last.id })}>
                <Ago at={last.received_at} />
              </a>
              , {last.answer}, {becameOf(last)}
            </>
          )}
        </p>
        {secret !== null && <Command text={secret} />}
        <Said outcome={said} />
      </div>
      <div class="acts">
        {secret === null ? (
          <button type="button" class="btn s" aria-label={`Show secret of ${name}`} onClick={() => void show()}>
            Show secret
          </button>
        ) : (
          <button type="button" class="btn s" onClick={() => setSecret(null)}>
            Hide secret
          </button>
        )}
        <button type="button" class="btn s" aria-label={`Test the webhook of ${name}`} onClick={() => void ping()}>
          Test
        </button>
      </div>
    </li>
  );
}
