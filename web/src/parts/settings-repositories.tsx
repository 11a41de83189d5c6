import { useState } from 'preact/hooks';
import { askServer } from '../ask-server.ts';
import type { SettingsData } from '../settings-data.ts';
import { repositoryUrl } from '../urls.ts';
import { shortRef } from '../words.ts';
import { Command } from './command.tsx';
import { type Outcome, refused, Said, told } from './said.tsx';
import { SettingsForm } from './settings-form.tsx';

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
                  ...(one.is_missing ? [GONE] : []),
                  ...(one.has_hook === null ? [] : [hookWords(one.has_hook)]),
                  ...(one.credential === null ? [] : [`own ${one.credential}`]),
                ].join(', ')}
              </p>
              {one.has_hook === false && one.git_dir !== null && (
                <Command text={`signalbox install-hook ${quoted(one.git_dir.replace(/\/\.git$/, ''))}`} />
              )}
              <HowTested one={one} />
            </div>
            <Remove name={one.name} path={`/api/repositories/${one.id}`} what="Its runs stay." />
          </li>
        ))}
      </ul>
      <Add />
    </section>
  );
}

const GONE = 'the folder is not there any more: no commit of it is seen';

function hookWords(hasHook: boolean): string {
  if (hasHook) return 'a folder here: its hook tells of commits';
  return 'a folder here without the hook: its commits are found by the watcher, else by looking; the hook tells sooner';
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** Removes after a question in place. */
export function Remove(props: { readonly name: string; readonly path: string; readonly what: string }) {
  const { name, path, what } = props;
  const [isAsking, setAsking] = useState(false);
  const [said, setSaid] = useState<Outcome | null>(null);
  const remove = async () => {
    setAsking(false);
    setSaid(told('Asked for'));
    const answer = await askServer('DELETE', path);
    setSaid(answer.isDone ? told('Removed') : refused(answer.why));
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
      <Said outcome={said} />
    </div>
  );
}

/** Refusals of what is to be watched. */
const SOURCE_CODES: ReadonlySet<string> = new Set(['E_BAD_SOURCE', 'E_NOT_A_REPOSITORY', 'E_REPOSITORY_NAME']);

function Add() {
  const [where, name] = ['Folder on the server’s machine, or URL', 'Name; empty: made from the source'];
  return (
    <SettingsForm
      fields={[
        { id: 'source', label: where, isRequired: true, placeholder: 'https://git.example.org/acme/app.git' },
        { id: 'name', label: name, placeholder: 'acme/app' },
      ]}
      button="Add repository"
      isMain
      asked="Asked for; the repository is read"
      send={({ source = '', name: own = '' }) =>
        askServer('POST', '/api/repositories', { source, ...(own === '' ? {} : { name: own }) })
      }
      wrong={({ name: own = '' }, code) => {
        if (code === 'E_REPOSITORY_NAME' && own !== '') return 'name';
        return SOURCE_CODES.has(code) ? 'source' : null;
      }}
      done={() => 'Added. Under Webhooks there is what its forge needs'}
    />
  );
}

/** How commits of a repository are tested, and how long what comes of it is kept; the file says so, and it is changed there. */
function HowTested({ one }: { readonly one: SettingsData['repositories'][number] }) {
  if (one.settings === null) return null;
  const { facts, has_own: hasOwn } = one.settings;
  return (
    <details class="how">
      <summary class="meta">How it is tested{hasOwn && ', with settings of its own'}</summary>
      <dl class="info">
        {facts.map(({ name, words }) => [<dt key={`${name} name`}>{name}</dt>, <dd key={name}>{words}</dd>])}
      </dl>
      <p class="meta">
        It is set in a file, so that it can be reviewed and kept. To change it: put{' '}
        <code>repositories: {`{ ${one.name}: { policy: latest } }`}</code> into <code>signalbox.yml</code> and restart
        the server
      </p>
    </details>
  );
}
