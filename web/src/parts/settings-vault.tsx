import { useState } from 'preact/hooks';
import { askServer } from '../ask-server.ts';
import type { SettingsData } from '../settings-data.ts';
import { withQuery } from '../urls.ts';
import { Remove } from './settings-repositories.tsx';

interface Scope {
  readonly name: string;
  readonly repository: string | null;
  readonly environment: string | null;
}

/** Secrets, whose values go in and never come out, and variables. */
export function Vault({ data }: { readonly data: SettingsData }) {
  const names = data.repositories.map(({ name }) => name);
  return (
    <>
      <section>
        <h2>Secrets</h2>
        <p class="dim">A value goes in and never comes out: not here, not in the API, and masked in logs.</p>
        {data.secrets.length === 0 && <p class="none">There is none yet.</p>}
        <ul class="settings-rows">
          {data.secrets.map((one) => (
            <Entry key={JSON.stringify(one)} kind="secrets" entry={one}>
              {one.readable ? '' : 'cannot be read: its key is not there. Set it again'}
            </Entry>
          ))}
        </ul>
        <SetForm kind="secrets" one="secret" names={names} />
      </section>
      <section>
        <h2>Variables</h2>
        {data.variables.length === 0 && <p class="none">There is none yet.</p>}
        <ul class="settings-rows">
          {data.variables.map((one) => (
            <Entry key={JSON.stringify(one)} kind="variables" entry={one}>
              {one.value}
            </Entry>
          ))}
        </ul>
        <SetForm kind="variables" one="variable" names={names} />
      </section>
    </>
  );
}

function Entry(props: { readonly kind: string; readonly entry: Scope; readonly children: string }) {
  const { kind, entry, children } = props;
  const { name, repository, environment } = entry;
  const query = { ...(repository === null ? {} : { repository }), ...(environment === null ? {} : { environment }) };
  const scope = `${repository ?? 'all repositories'}${environment === null ? '' : `, environment ${environment}`}`;
  const path = withQuery(`/api/${kind}/${encodeURIComponent(name)}`, query);
  return (
    <li data-row>
      <div>
        <code>{name}</code>
        <p class="meta">
          {scope}
          {children !== '' && `: ${children}`}
        </p>
      </div>
      <Remove name={name} path={path} what="Jobs do not get it any more." />
    </li>
  );
}

function SetForm(props: { readonly kind: string; readonly one: string; readonly names: readonly string[] }) {
  const { kind, one, names } = props;
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const [repository, setRepository] = useState('');
  const [said, setSaid] = useState<string | null>(null);
  const set = async (event: Event) => {
    event.preventDefault();
    setSaid('Asked for');
    const scope = repository === '' ? {} : { repository };
    const answer = await askServer('POST', `/api/${kind}`, { name, value, ...scope });
    if (answer.isDone) setValue('');
    setSaid(answer.isDone ? `${name} is set` : answer.why);
  };
  return (
    <form class="settings-form" onSubmit={(event) => void set(event)} autocomplete="off">
      <label class="meta" for={`${kind}-name`}>
        Name
      </label>
      <div class="field">
        <input id={`${kind}-name`} required value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </div>
      <label class="meta" for={`${kind}-value`}>
        Value
      </label>
      <div class="field">
        {kind === 'secrets' ? (
          <input
            id={`${kind}-value`}
            type="password"
            autocomplete="off"
            value={value}
            onInput={(event) => setValue(event.currentTarget.value)}
          />
        ) : (
          <input id={`${kind}-value`} value={value} onInput={(event) => setValue(event.currentTarget.value)} />
        )}
      </div>
      <label class="meta" for={`${kind}-of`}>
        For
      </label>
      <select
        id={`${kind}-of`}
        class="btn"
        value={repository}
        onChange={(event) => setRepository(event.currentTarget.value)}
      >
        <option value="">all repositories</option>
        {names.map((known) => (
          <option key={known} value={known}>
            {known}
          </option>
        ))}
      </select>
      <button type="submit" class="btn">
        Set {one}
      </button>
      {said !== null && (
        <p class="meta" role="status">
          {said}
        </p>
      )}
    </form>
  );
}
