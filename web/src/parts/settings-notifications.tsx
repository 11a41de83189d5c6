import { useState } from 'preact/hooks';
import { askServer } from '../ask-server.ts';
import { count } from '../words.ts';
import { FetchedPart } from './fetched-part.tsx';
import { NotificationPreview } from './notification-preview.tsx';
import { type Outcome, refused, Said, told } from './said.tsx';

interface Rule {
  readonly number: number;
  readonly kind: string;
  readonly to: string;
  readonly on: readonly string[];
  readonly branches: readonly string[] | null;
  readonly quiet: string | null;
  readonly digest: string | null;
  readonly per_hour: number | null;
}
interface Notices {
  readonly repositories: readonly { readonly repository: string; readonly rules: readonly Rule[] }[];
}
interface Sink {
  readonly sink: string;
  readonly waiting: number;
  readonly error: string | null;
}
interface Reporter {
  readonly reporter: { readonly sinks: readonly Sink[]; readonly is_silent: boolean } | null;
}
interface App {
  readonly app: { readonly name: string; readonly html_url: string; readonly install_url: string } | null;
}

/** Whom the server tells, what waits to be told, and the GitHub App. Read by the browser. */
export function Notifications({ names }: { readonly names: readonly string[] }) {
  return (
    <>
      <noscript>
        <p class="none">
          This part is read by a script; without one there are /api/notifications, /api/reporter and /api/github/app.
        </p>
      </noscript>
      <FetchedPart<Notices> title="Notifications" path="/api/notifications" what="notifications" show={Rules} />
      <NotificationPreview names={names} />
      <FetchedPart<Reporter> title="What waits to be told" path="/api/reporter" what="a reporter" show={Sinks} />
      <FetchedPart<App> title="GitHub App" path="/api/github/app" what="a GitHub App" show={GithubApp} />
    </>
  );
}

function Rules({ body }: { readonly body: Notices }) {
  const all = body.repositories.filter(({ rules }) => rules.length > 0);
  if (all.length === 0)
    return (
      <p class="none">
        Nobody is told yet. Rules stand in the configuration, under <code>notify</code>.
      </p>
    );
  return (
    <ul class="settings-rows">
      {all.map(({ repository, rules }) => (
        <li key={repository} data-row>
          <div>
            {repository}
            {rules.map((rule) => (
              <p key={rule.number} class="meta">
                {ruleWords(rule)}
              </p>
            ))}
          </div>
          <TestSend repository={repository} />
        </li>
      ))}
    </ul>
  );
}

/** `mail author: on broken, fixed, of main; quiet 22:00 to 07:00 UTC; together, hourly; at most 60 an hour`. */
function ruleWords({ to, on, branches, quiet, digest, per_hour: most }: Rule): string {
  const of = branches === null ? 'the default branch' : branches.join(', ');
  const held = quiet === null ? '' : `; quiet ${quiet}`;
  const together = digest === null ? '' : `; together, ${digest}`;
  const bound = most === null ? '' : `; at most ${count(most)} an hour`;
  return `${to}: on ${on.join(', ').replaceAll('_', ' ')}, of ${of}${held}${together}${bound}`;
}

function TestSend({ repository }: { readonly repository: string }) {
  const [said, setSaid] = useState<Outcome | null>(null);
  const send = async () => {
    setSaid(told('Asked for; the answer of the sink is waited for, 45 s at most'));
    const answer = await askServer('POST', '/api/notifications/test', { repository });
    if (!answer.isDone) return setSaid(refused(answer.why));
    const { results } = answer.body as { results: { to: string; sent: boolean; error: string | null }[] };
    const words = results.map(({ to, sent, error }) => `${to}: ${sent ? 'sent' : (error ?? 'not sent')}`).join('; ');
    setSaid({ words, isRefused: results.some(({ sent }) => !sent) });
  };
  return (
    <div class="num">
      <button type="button" class="btn s" aria-label={`Send a test for ${repository}`} onClick={() => void send()}>
        Send a test
      </button>
      <Said outcome={said} />
    </div>
  );
}

function Sinks({ body: { reporter } }: { readonly body: Reporter }) {
  if (reporter === null) return <p class="none">No reporter was heard of yet.</p>;
  return (
    <>
      {reporter.is_silent && <p class="warn">Nothing was heard of the reporter for 90 s.</p>}
      {reporter.sinks.length === 0 && <p class="dim">Nothing waits.</p>}
      <ul class="settings-rows">
        {reporter.sinks.map(({ sink, waiting, error }) => (
          <li key={sink} data-row>
            <div>
              {sink}
              <p class={error === null ? 'meta' : 'meta no'}>
                {waiting === 0 ? 'nothing waits' : `${count(waiting)} wait`}
                {error !== null && `: ${error}`}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}

function GithubApp({ body: { app } }: { readonly body: App }) {
  const [page, setPage] = useState<string | null>(null);
  const [said, setSaid] = useState<Outcome | null>(null);
  if (app !== null)
    return (
      <p>
        <a class="link" href={app.html_url} rel="noreferrer">
          {app.name}
        </a>{' '}
        is made.{' '}
        <a class="link" href={app.install_url} rel="noreferrer">
          Install it where it is to see pushes
        </a>
      </p>
    );
  const begin = async () => {
    const answer = await askServer('POST', '/api/github/app/manifest', {});
    if (!answer.isDone) return setSaid(refused(answer.why));
    setPage((answer.body as { page_url: string }).page_url);
  };
  return (
    <>
      <p class="dim">With an App GitHub shows checks with annotations and rerun buttons. It is made in two clicks.</p>
      {page === null ? (
        <button type="button" class="btn" onClick={() => void begin()}>
          Make a GitHub App
        </button>
      ) : (
        <a class="btn main" href={page}>
          Go on at GitHub
        </a>
      )}
      <Said outcome={said} />
    </>
  );
}
