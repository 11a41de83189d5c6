import { useEffect, useState } from 'preact/hooks';
import { type Answered, askServer } from '../ask-server.ts';
import { count } from '../words.ts';

interface Rule {
  readonly number: number;
  readonly kind: string;
  readonly to: string;
  readonly on: string | readonly string[];
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
export function Notifications() {
  return (
    <>
      <noscript>
        <p class="none">
          This part is read by a script; without one there are /api/notifications, /api/reporter and /api/github/app.
        </p>
      </noscript>
      <Part<Notices> title="Notifications" path="/api/notifications" what="notifications" show={Rules} />
      <Part<Reporter> title="What waits to be told" path="/api/reporter" what="a reporter" show={Sinks} />
      <Part<App> title="GitHub App" path="/api/github/app" what="a GitHub App" show={GithubApp} />
    </>
  );
}

function Part<T>(props: {
  readonly title: string;
  readonly path: string;
  readonly what: string;
  readonly show: (props: { readonly body: T }) => preact.JSX.Element;
}) {
  const { title, path, what, show: Show } = props;
  const [answer, setAnswer] = useState<Answered | null>(null);
  const read = () => void askServer('GET', path).then(setAnswer);
  useEffect(read, [path]);
  return (
    <section aria-busy={answer === null}>
      <h2>{title}</h2>
      {answer === null && <p class="dim">It is being read.</p>}
      {answer?.isDone === true && <Show body={answer.body as T} />}
      {answer?.isDone === false &&
        (answer.status === 404 ? (
          <p class="dim">This server has no {what.replace(/^an? /, '')} to tell of.</p>
        ) : (
          <p class="no">
            {answer.why}{' '}
            <button type="button" class="btn s" onClick={read}>
              Try again
            </button>
          </p>
        ))}
    </section>
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
                {rule.kind} to {rule.to}, on {[rule.on].flat().join(', ')}
              </p>
            ))}
          </div>
          <TestSend repository={repository} />
        </li>
      ))}
    </ul>
  );
}

function TestSend({ repository }: { readonly repository: string }) {
  const [said, setSaid] = useState<string | null>(null);
  const send = async () => {
    setSaid('Asked for; the answer of the sink is waited for, 45 s at most');
    const answer = await askServer('POST', '/api/notifications/test', { repository });
    if (!answer.isDone) return setSaid(answer.why);
    const { results } = answer.body as { results: { to: string; sent: boolean; error: string | null }[] };
    setSaid(results.map(({ to, sent, error }) => `${to}: ${sent ? 'sent' : (error ?? 'not sent')}`).join('; '));
  };
  return (
    <div class="num">
      <button type="button" class="btn s" aria-label={`Send a test for ${repository}`} onClick={() => void send()}>
        Send a test
      </button>
      {said !== null && (
        <p class="meta" role="status">
          {said}
        </p>
      )}
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
  const [said, setSaid] = useState<string | null>(null);
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
    if (!answer.isDone) return setSaid(answer.why);
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
      {said !== null && (
        <p class="meta" role="status">
          {said}
        </p>
      )}
    </>
  );
}
