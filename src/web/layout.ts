import { createHash } from 'node:crypto';
import type { RunnerStatus } from '../model/pool.ts';
import { sprite } from './assets/icons.ts';
import { script } from './assets/script.ts';
import { styleBase } from './assets/style-base.ts';
import { stylePages } from './assets/style-pages.ts';
import { type Html, html } from './html.ts';
import { age, count, duration, type Lamp, wordOf } from './words.ts';

/** Most slots that have a bar of their own in the header; of more, each bar is a share. */
const MOST_BARS = 24;

/** The files that a page loads, by the name under `/assets/`; their address changes with their contents. */
export const assets = {
  'signalbox.css': { type: 'text/css; charset=utf-8', text: styleBase + stylePages },
  'signalbox.js': { type: 'text/javascript; charset=utf-8', text: script },
} as const;

const version = createHash('sha256').update(assets['signalbox.css'].text).update(script).digest('hex').slice(0, 12);

/** Where a page belongs in the navigation. */
export type Section = 'runs' | 'queue' | 'runners';

/** What is on every page. */
export interface PageFrame {
  readonly title: string;
  readonly section: Section | null;
  readonly waiting: number;
  readonly runners: readonly RunnerStatus[];
  /** The verdict of what is open, said aloud when it changes. */
  readonly said?: string;
  readonly main: Html;
}

/** A whole page. */
export function layout(frame: PageFrame): string {
  const { title, section, main, said = '' } = frame;
  const link = (to: Section, href: string, name: string) =>
    html`<a href="${href}"${section === to && html` aria-current="page"`}>${name}</a>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Signalbox</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/signalbox.css?v=${version}">
<script src="/assets/signalbox.js?v=${version}"></script>
</head>
<body>
${sprite}
<a class="skip" href="#main">Skip to content</a>
<header class="top">
<a class="brand" href="/"><svg class="ic l" viewBox="0 0 20 20" aria-hidden="true"><use href="#i-brand"/></svg>Signalbox</a>
<nav aria-label="Main">${link('runs', '/', 'Runs')}${link('queue', '/queue', 'Queue')}${link('runners', '/runners', 'Runners')}</nav>
${load(frame)}
<span class="live" role="status" hidden>Live</span>
<button class="tool" id="theme" type="button" aria-label="Switch theme" title="Switch theme">${sign('theme')}</button>
</header>
<div class="note" role="alert" hidden><b class="warn">No connection to the server.</b> <span>What you see may be old. Jobs go on, and their logs are kept. It is tried again by itself.</span></div>
<p class="sr" id="said" aria-live="polite">${said}</p>
<main id="main">${main}</main>
</body>
</html>
`.text;
}

function load({ waiting, runners }: PageFrame): Html {
  const slots = runners.reduce((sum, runner) => sum + runner.slots, 0);
  const busy = runners.reduce((sum, runner) => sum + runner.executions.length, 0);
  const bars = Math.min(slots, MOST_BARS);
  const filled = slots === 0 ? 0 : Math.ceil((Math.min(busy, slots) / slots) * bars);
  const marks = Array.from({ length: bars }, (_, at) => (at < filled ? html`<i></i>` : html`<i class="o"></i>`));
  const words = waiting === 0 ? html`Nothing waits` : html`<b>${waiting}</b> ${waiting === 1 ? 'waits' : 'wait'}`;
  const capacity = runners.length === 0 ? 'no runner' : `${busy} of ${count(slots, 'slot')} busy`;
  return html`<a class="load" href="/queue"><span>${words}</span><span class="slots" aria-hidden="true">${marks}</span><span>${capacity}</span></a>`;
}

/** The lamp of a state. `isAlone`: no word stands beside it, so it has a label. */
export function lamp(state: Lamp, isAlone = false, size: '' | 'l' = ''): Html {
  const drawn = state === 'draining' ? 'cancelled' : state;
  const label = isAlone ? html`role="img" aria-label="${wordOf(state)}"` : html`aria-hidden="true"`;
  return html`<svg class="ic ${size} ${state}" ${label}><use href="#i-${drawn}"/></svg>`;
}

/** A sign that is no lamp. */
export function sign(name: 'theme' | 'copy' | 'search' | 'branch'): Html {
  return html`<svg class="ic" aria-hidden="true"><use href="#i-${name}"/></svg>`;
}

/** How long ago, with the exact time; the page lets it go on. */
export function since(at: Date, now: Date): Html {
  return html`<time data-age datetime="${at.toISOString()}" title="${at.toISOString().replace('T', ' ').replace('Z', ' UTC')}">${age(at, now)}</time>`;
}

/** How long something has been going on; the page lets it go on. */
export function ticking(from: Date, now: Date): Html {
  return html`<span data-since="${from.getTime()}">${duration(now.getTime() - from.getTime())}</span>`;
}

/** A command to be typed, with a button that copies it. */
export function command(text: string): Html {
  return html`<div class="cmd"><code>${text}</code><button type="button" data-copy="${text}" aria-label="Copy" title="Copy">${sign('copy')}</button></div>`;
}
