import { bodyOf } from './hook-sink.ts';
import { mailHtml } from './mail-html.ts';
import { mailText } from './mail-text.ts';
import type { Telling } from './telling.ts';

/** What a message can be looked at as. */
export const PREVIEWS = ['text', 'html', 'slack', 'mattermost', 'discord', 'teams', 'webhook'] as const;
export type Preview = (typeof PREVIEWS)[number];

/** A message as it would be sent: the mail as text or page, or the JSON that a chat gets. */
export function previewOf(telling: Telling, as: Preview): string {
  if (as === 'text') return mailText(telling);
  if (as === 'html') return mailHtml(telling);
  return `${JSON.stringify(bodyOf({ kind: as }, telling, 'preview'), null, 2)}\n`;
}
