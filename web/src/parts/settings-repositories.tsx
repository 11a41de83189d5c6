import { useState } from 'preact/hooks';
import { askServer } from '../ask-server.ts';
import type { SettingsData } from '../settings-data.ts';
import { repositoryUrl } from '../urls.ts';
import { shortRef } from '../words.ts';
import { Command } from './command.tsx';

/** What is watched; added by a form, removed after a question in place. */
export function Repositories({ data }: { readonly data: SettingsData }) {
  return (
    <section>
      <h2>Repositories</h2>
      {data.policy !== null && (
        <p class="dim">
          {data.policy === 'each' ? 'Each commit of a push is tested' : 'The newest commit of a push is tested'}, unless
          the configuration says otherwise for a repository.
        </p>
      )}
      {data.repositories.length === 0 && <p class="none">None is watched yet. Add one here, or in the terminal:</p>}
      {data.repositories.length === 0 && <Command text="signalbox add /path/to/repo" />}
      <ul class="settings-rows">
        {data.repositories.map((one) => (
          <li key={one.id} data-row>
            <div>
              <a class="link" href={repositoryUrl(one.name)}>
                {one.name}
              </a>
              <p class="meta">
                {[
                  ...one.sources,
                  one.default_branch === null ? 'default branch not known yet' : shortRef(one.default_branch),
                  ...(one.git_dir === null ? [] : ['a folder here: its hook tells of commits']),
                  ...(one.credential === null ? [] : [`own ${one.credential}`]),
                ].join(', ')}
              </p>
            </div>
            <Remove name={one.name} path={`/api/repositories/${one.id}`} what="Its runs stay." />
          </li>
        ))}
      </ul>
      <Add />
    </section>
  );
}

/** Removes after a question in place. */
export function Remove(props: { readonly name: string; readonly path: string; readonly what: string }) {
  const { name, path, what } = props;
  const [isAsking, setAsking] = useState(false);
  const [said, setSaid] = useState<string | null>(null);
  const remove = async () => {
    setAsking(false);
    setSaid('Asked for');
    const answer = await askServer('DELETE', path);
    setSaid(answer.isDone ? 'Removed' : answer.why);
  };
  return (
    <div class="num">
      {isAsking ? (
        <p class="ask">
          Remove {name}? {what}{' '}
          <button type="button" class="btn s" onClick={() => void remove()}>
            Remove
          </button>{' '}
          <button type="button" class="btn s" onClick={() => setAsking(false)}>
            Keep
          </button>
        </p>
      ) : (
        <button type="button" class="btn s" aria-label={`Remove ${name}`} onClick={() => setAsking(true)}>
          Remove
        </button>
      )}
      {said !== null && (
        <p class="meta" role="status">
          {said}
        </p>
      )}
    </div>
  );
}

function Add() {
  const [source, setSource] = useState('');
  const [said, setSaid] = useState<string | null>(null);
  const add = async (event: Event) => {
    event.preventDefault();
    setSaid('Asked for; the repository is read');
    const answer = await askServer('POST', '/api/repositories', { source });
    if (answer.isDone) setSource('');
    setSaid(answer.isDone ? 'Added. Under Webhooks there is what its forge needs' : answer.why);
  };
  return (
    <form class="settings-form" onSubmit={(event) => void add(event)}>
      <label class="meta" for="source">
        Folder on the server’s machine, or URL
      </label>
      <div class="field">
        <input
          id="source"
          required
          value={source}
          placeholder="https://git.example.org/acme/app.git"
          onInput={(event) => setSource(event.currentTarget.value)}
        />
      </div>
      <button type="submit" class="btn main">
        Add repository
      </button>
      {said !== null && (
        <p class="meta" role="status">
          {said}
        </p>
      )}
    </form>
  );
}
