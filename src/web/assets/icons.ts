import { Html } from '../html.ts';

/** One symbol for each lamp and sign; the shape alone tells the state, also without colour. */
const SYMBOLS: Readonly<Record<string, string>> = {
  brand:
    '<path d="M2.5 8.5 10 3.5l7.5 5M4.5 8.5V13h11V8.5M1 16.5h18" stroke="currentColor"/><path d="M8.2 8.5V13m3.6-4.5V13" stroke="currentColor" stroke-width="1.2"/>',
  search: '<circle cx="7" cy="7" r="4.5" stroke="currentColor"/><path d="m10.5 10.5 3.5 3.5" stroke="currentColor"/>',
  theme:
    '<circle cx="8" cy="8" r="5.8" stroke="currentColor"/><path d="M8 2.2a5.8 5.8 0 0 1 0 11.6z" fill="currentColor"/>',
  copy: '<rect x="5.5" y="5.5" width="8" height="8" rx="1.5" stroke="currentColor"/><path d="M3 10.5v-7a1 1 0 0 1 1-1h6.5" stroke="currentColor"/>',
  branch:
    '<path d="M4.5 2.5v11m0-4c0-3 7-1.5 7-5.5" stroke="currentColor"/><circle cx="11.5" cy="3.5" r="1.5" fill="currentColor"/>',
  queued: '<circle cx="8" cy="8" r="6" stroke="currentColor" stroke-dasharray="2.3 2.41"/>',
  in_progress:
    '<circle cx="8" cy="8" r="6.1" stroke="currentColor" opacity=".3"/><path class="spin" d="M8 1.900a6.1 6.1 0 0 1 6.1 6.1" stroke="currentColor"/><circle cx="8" cy="8" r="2.2" fill="currentColor"/>',
  success:
    '<circle cx="8" cy="8" r="7" fill="currentColor"/><path d="m4.8 8.3 2.2 2.2 4.2-4.6" stroke="var(--canvas)"/>',
  failure:
    '<rect x="1.2" y="1.2" width="13.6" height="13.6" rx="2.6" fill="currentColor"/><path d="m5.2 5.2 5.6 5.600m0-5.6-5.6 5.6" stroke="var(--canvas)"/>',
  error:
    '<path d="M8 1.6 14.4 8 8 14.4 1.6 8z" fill="currentColor" stroke="currentColor"/><path d="M8 4.600v4m0 2.600v.1" stroke="var(--canvas)"/>',
  cancelled: '<circle cx="8" cy="8" r="6.1" stroke="currentColor"/><path d="m3.9 12.1 8.2-8.2" stroke="currentColor"/>',
  timed_out: '<path d="M3.5 1.5h9l-4 6.5 4 6.5h-9l4-6.5z" fill="currentColor" stroke="currentColor"/>',
  skipped: '<path d="m3 4.2 4 3.8-4 3.800m6-7.6 4 3.8-4 3.8" stroke="currentColor"/>',
  retried:
    '<path d="M13.9 6.200A6.2 6.2 0 1 1 10.6 2.4" stroke="currentColor"/><path d="m5.3 8.2 2 2 3.6-4" stroke="currentColor"/><circle cx="13.4" cy="2.8" r="1.9" fill="var(--warn)"/>',
};

/** All symbols, to be put once at the beginning of a page. */
export const sprite = new Html(
  `<svg class="defs" aria-hidden="true">${Object.entries(SYMBOLS)
    .map(
      ([name, shape]) =>
        `<symbol id="i-${name}" viewBox="0 0 ${name === 'brand' ? '20 20' : '16 16'}">${shape}</symbol>`,
    )
    .join('')}</svg>`,
);

/** The icon of the page, as a file of its own. */
export const favicon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20" fill="none" stroke="#2853c4" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"><path d="M2.5 8.5 10 3.5l7.5 5M4.5 8.5V13h11V8.5M1 16.5h18"/><path d="M8.2 8.5V13m3.6-4.5V13" stroke-width="1.2"/></svg>';
