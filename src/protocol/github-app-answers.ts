import * as z from 'zod';
import { count, text } from './answer-fields.ts';

export const githubAppAnswer = z.looseObject({
  app: z
    .looseObject({
      ...{ id: count, slug: text, name: text, html_url: z.url(), install_url: z.url() },
      ...{ has_webhook: z.boolean(), created_at: text },
    })
    .nullable(),
});

export const githubManifestAnswer = z.looseObject({ page_url: z.url(), action: z.url(), manifest: z.looseObject({}) });
