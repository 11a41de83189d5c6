import { useState } from 'preact/hooks';
import { count } from '../words.ts';
import { Command } from './command.tsx';
import { EmptyWay } from './way.tsx';

/** The first visit: three ways to a first verdict. */
export function Hello({ base }: { readonly base: string }) {
  return (
    <div class="hello">
      <h1>Connect your first repository</h1>
      <p class="dim">
        Three ways. Each one ends with a verdict on this page, without a reload. A folder or a URL can be added{' '}
        <a class="link" href="/settings">
          in the settings
        </a>
        , too, with a form.
      </p>
      <EmptyWay />
      <div class="ways">
        <section>
          <h2>A folder on this machine</h2>
          <p class="dim">A hook in the repository reports each commit. It never blocks git commit.</p>
          <Command text="npm run install-hook /path/to/repo" />
          <p class="dim">Then commit something, even nothing:</p>
          <Command text="git commit --allow-empty -m try" />
          <p class="meta">An existing hook is kept and still runs. To undo:</p>
          <Command text="npm run uninstall-hook /path/to/repo" />
        </section>
        <Webhook base={base} />
        <section>
          <h2>No hook at all</h2>
          <p class="dim">Signalbox looks for itself: a local folder every 5 s, a remote one every 60 s.</p>
          <Command text="signalbox add /path/to/repo" />
          <Command text="signalbox add https://git.example.org/app" />
          <p class="dim">Or try the workflows here and now, without connecting anything:</p>
          <Command text="signalbox run /path/to/repo" />
          <p class="meta">No workflow file? The tests are found, and the run says what was found.</p>
        </section>
      </div>
    </div>
  );
}

const GITEA = { url: 'Target URL', type: 'application/json', events: 'Push, Create, Delete, Pull request' } as const;
/** What each forge calls the fields of its form, and where one of it is. */
const FORGES = [
  { name: 'GitHub', host: 'github.com', url: 'Payload URL', type: 'application/json', events: 'Pushes, Pull requests' },
  { name: 'Gitea', host: 'gitea.com', ...GITEA },
  { name: 'Forgejo', host: 'codeberg.org', ...GITEA },
  { name: 'GitLab', host: 'gitlab.com', url: 'URL', type: 'always JSON', events: 'Push, Tag push, Merge request' },
  {
    name: 'Bitbucket',
    host: 'bitbucket.org',
    url: 'URL',
    type: 'always JSON',
    events: 'Repository push, Pull request',
  },
] as const;

function Webhook({ base }: { readonly base: string }) {
  const [chosen, setChosen] = useState<(typeof FORGES)[number]['name']>('GitHub');
  const forge = FORGES.find(({ name }) => name === chosen) ?? FORGES[0];
  return (
    <section>
      <h2>A webhook of your forge</h2>
      <p class="dim">Register the repository, then enter these values at its settings under Webhooks.</p>
      <Command text={`signalbox add https://${forge.host}/you/app`} />
      <div class="tabs" role="group" aria-label="Forge">
        {FORGES.map(({ name }) => (
          <button key={name} type="button" aria-pressed={name === chosen} onClick={() => setChosen(name)}>
            {name}
          </button>
        ))}
      </div>
      <dl class="values">
        <dt>{forge.url}</dt>
        <dd class="mono">{base}/webhooks</dd>
        <dt>Content type</dt>
        <dd class="mono">{forge.type}</dd>
        <dt>Secret</dt>
        <dd>printed by the command above</dd>
        <dt>Events</dt>
        <dd>{forge.events}</dd>
      </dl>
      <p class="meta">The forge sends a ping at once. It shows up under Deliveries.</p>
    </section>
  );
}

/** Repositories are watched, and nothing has come yet. */
export function FirstCommit({ repositories }: { readonly repositories: readonly { readonly name: string }[] }) {
  const [first] = repositories;
  const isOne = repositories.length === 1;
  return (
    <div class="hello">
      <h1>Waiting for the first commit</h1>
      <p class="dim">
        {isOne ? first?.name : count(repositories.length, 'repository', 'repositories')} {isOne ? 'is' : 'are'} watched.
        Commit something there, even nothing; its verdict appears here without a reload.
      </p>
      <Command text="git commit --allow-empty -m try" />
      <EmptyWay />
    </div>
  );
}
