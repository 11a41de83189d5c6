import { type VaultKind, vaultName } from '../../../src/model/vault.ts';
import { askServer } from '../ask-server.ts';
import type { SettingsData } from '../settings-data.ts';
import { withQuery } from '../urls.ts';
import { SettingsForm } from './settings-form.tsx';
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

function SetForm(props: { readonly kind: VaultKind; readonly one: string; readonly names: readonly string[] }) {
  const { kind, one, names } = props;
  const everyone = { value: '', name: 'all repositories' };
  const choices = [everyone, ...names.map((name) => ({ value: name, name }))];
  return (
    <SettingsForm
      fields={[
        { id: `${kind}-name`, label: 'Name', isRequired: true, isKept: true },
        { id: `${kind}-value`, label: 'Value', isText: true, isSecret: kind === 'secrets' },
        { id: `${kind}-of`, label: 'For', choices, isKept: true },
      ]}
      button={`Set ${one}`}
      send={(values) => {
        const repository = values[`${kind}-of`] ?? '';
        const entry = { name: values[`${kind}-name`] ?? '', value: values[`${kind}-value`] ?? '' };
        return askServer('POST', `/api/${kind}`, { ...entry, ...(repository === '' ? {} : { repository }) });
      }}
      done={(values) => `${values[`${kind}-name`]} is set`}
      wrong={(values, code) => {
        if (code !== 'E_VAULT_REFUSED') return null;
        return canBeName(values[`${kind}-name`] ?? '', kind) ? `${kind}-value` : `${kind}-name`;
      }}
    />
  );
}

function canBeName(name: string, kind: VaultKind): boolean {
  try {
    vaultName(name, kind);
    return true;
  } catch {
    return false;
  }
}
