import type { PageView } from '../page.ts';
import { ThisBrowser } from '../parts/settings-browser.tsx';
import { Notifications } from '../parts/settings-notifications.tsx';
import { Repositories } from '../parts/settings-repositories.tsx';
import { Vault } from '../parts/settings-vault.tsx';
import { Webhooks } from '../parts/settings-webhooks.tsx';
import type { SettingsData } from '../settings-data.ts';
import { withQuery } from '../urls.ts';

/** What this browser and this server are set to. */
export const settings: PageView<SettingsData> = {
  name: 'settings',
  section: 'settings',
  title: () => 'Settings',
  concernedBy: () => [{ type: 'repository.' }],
  everyMs: 5_000, // secrets, variables and deliveries make no event
  Component: SettingsPage,
};

const SECTIONS = [
  { section: 'repositories', name: 'Repositories' },
  { section: 'webhooks', name: 'Webhooks' },
  { section: 'secrets', name: 'Secrets and variables' },
  { section: 'notifications', name: 'Notifications and forges' },
  { section: 'browser', name: 'This browser' },
] as const;

function SettingsPage({ data }: { readonly data: SettingsData }) {
  return (
    <div class="settings">
      <div class="head">
        <h1>Settings</h1>
      </div>
      <nav class="tabs" aria-label="Parts of the settings">
        {SECTIONS.map(({ section, name }) => (
          <a
            key={section}
            href={withQuery('/settings', { section })}
            aria-current={section === data.section ? 'page' : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      <p class="meta">
        {data.is_logged_in ? (
          'This browser is logged in: it may change what is here, and ask for reruns.'
        ) : (
          <>
            This browser is not logged in. Reading is open here; what changes something needs one that is:{' '}
            <code>signalbox open</code> opens the page logged in.
          </>
        )}
      </p>
      {data.section === 'repositories' && <Repositories data={data} />}
      {data.section === 'webhooks' && <Webhooks data={data} />}
      {data.section === 'secrets' && <Vault data={data} />}
      {data.section === 'notifications' && <Notifications names={data.repositories.map(({ name }) => name)} />}
      {data.section === 'browser' && <ThisBrowser />}
    </div>
  );
}
