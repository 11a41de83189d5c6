import { useEffect, useState } from 'preact/hooks';
import type { repositoryJson } from '../../../src/web/json.ts';
import { KEYS_SETTING } from '../keys.ts';
import type { PageView } from '../page.ts';
import { chooseTheme, chosenTheme } from '../switch-theme.ts';
import { repositoryUrl } from '../urls.ts';

/** Data of the settings. */
export interface SettingsData {
  readonly webhook_url: string;
  readonly repositories: readonly ReturnType<typeof repositoryJson>[];
}

/** What this browser and this server are set to. */
export const settings: PageView<SettingsData> = {
  name: 'settings',
  section: 'settings',
  title: () => 'Settings',
  concerns: ({ type }) => type.startsWith('repository.'),
  Component: SettingsPage,
};

const THEMES = [
  { theme: 'system', name: 'As the machine has it' },
  { theme: 'light', name: 'Light' },
  { theme: 'dark', name: 'Dark' },
] as const;

function SettingsPage({ data }: { readonly data: SettingsData }) {
  return (
    <div class="settings">
      <div class="head">
        <h1>Settings</h1>
      </div>
      <ThisBrowser />
      <section>
        <h2>Repositories</h2>
        <p class="dim">
          Webhooks go to <code>{data.webhook_url}</code>; the secret of a repository is told by{' '}
          <code>signalbox add</code>.
        </p>
        <ul>
          {data.repositories.map(({ id, name, sources }) => (
            <li key={id}>
              <a class="link" href={repositoryUrl(name)}>
                {name}
              </a>{' '}
              <span class="meta">{sources.join(', ')}</span>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

/** Kept in this browser alone, so it needs a script. */
function ThisBrowser() {
  const [theme, setTheme] = useState<'light' | 'dark' | 'system'>('system');
  const [hasKeys, setKeys] = useState(true);
  useEffect(() => {
    setTheme(chosenTheme());
    setKeys(localStorage.getItem(KEYS_SETTING) !== 'off');
  }, []);
  return (
    <section>
      <h2>This browser</h2>
      <fieldset class="bare">
        <legend class="meta">Theme</legend>
        {THEMES.map((one) => (
          <label key={one.theme} class="check">
            <input
              type="radio"
              name="theme"
              checked={one.theme === theme}
              onChange={() => {
                chooseTheme(one.theme);
                setTheme(one.theme);
              }}
            />
            {one.name}
          </label>
        ))}
      </fieldset>
      <label class="check">
        <input
          type="checkbox"
          checked={hasKeys}
          onChange={(event) => {
            const isOn = event.currentTarget.checked;
            localStorage.setItem(KEYS_SETTING, isOn ? 'on' : 'off');
            setKeys(isOn);
          }}
        />
        Single keys do something; ? shows which
      </label>
    </section>
  );
}
