import { settings } from '../../web/src/pages/settings.tsx';
import { baseUrl } from './context.ts';
import { repositoryJson } from './json.ts';
import { definePage } from './page-definition.ts';

export const settingsPage = definePage({
  path: '/settings',
  view: settings,
  async load(context, request) {
    const base = baseUrl(context, request);
    const repositories = (await context.store.repositories()).map((one) => repositoryJson(one, base));
    return { webhook_url: `${base}/webhooks`, repositories };
  },
});
