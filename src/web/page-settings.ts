import * as z from 'zod';
import { settings } from '../../web/src/pages/settings.tsx';
import { givenQuery, parse } from './input.ts';
import { definePage } from './page-definition.ts';
import { loadSettings, SECTIONS } from './settings-page.ts';

const schema = z.strictObject({ section: z.enum(SECTIONS).default('repositories') });

export const settingsPage = definePage({
  path: '/settings',
  view: settings,
  hasFrames: true, // a mail is shown as it will be seen
  load: (context, request) => loadSettings(context, request, parse(schema, givenQuery(request)).section),
});
