import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { App } from '../../web/src/app.tsx';
import { harmless } from '../../web/src/harmless.ts';
import type { PageContents, PageView } from '../../web/src/page.ts';
import { stillServices } from '../../web/src/services.ts';
import type { themeOf } from '../../web/src/switch-theme.ts';
import type { PageAssets } from './assets.ts';

/** A page as HTML: rendered, with the data that it was rendered from, so that the browser can take it over. */
export function documentOf<Data>(
  view: PageView<Data>,
  contents: PageContents<Data>,
  assets: PageAssets,
  theme: ReturnType<typeof themeOf>,
): string {
  const services = stillServices(contents.frame.now);
  const app = renderToString(h(App<Data>, { view, contents, services }));
  const later = assets.later.map((href) => `<link rel="later" href="${href}">`).join('\n');
  return `<!doctype html>
<html lang="en"${theme === 'system' ? '' : ` data-theme="${theme}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(view.title(contents.data))} · Signalbox</title>
<link rel="stylesheet" href="${assets.style}">
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
${later}
<script type="module" src="${assets.start}"></script>
</head>
<body>
<div id="app">${app}</div>
<script type="application/json" id="page">${jsonForHtml(contents)}</script>
</body>
</html>
`;
}

/** JSON that ends no script element, whatever its texts say. */
function jsonForHtml(data: unknown): string {
  return JSON.stringify(data).replace(/</g, '\\u003c').replace(/>/g, '\\u003e');
}

function escapeHtml(text: string): string {
  return harmless(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
