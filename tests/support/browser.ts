import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const PROGRAM = '/usr/bin/chromium';

/** Is there a browser to test with? Without one these tests are skipped, and say so. */
export const hasBrowser = existsSync(PROGRAM);

/** What is said where it is missing. */
export const NO_BROWSER = `no browser: ${PROGRAM} is missing (apt-get install --no-install-recommends chromium)`;

/** Widths at which every page is looked at: a phone, a laptop, a large screen. */
export const WIDTHS = [360, 1280, 2560] as const;
export const THEMES = ['light', 'dark'] as const;

/** A browser that asks nobody but us; its profile is gone with it. */
export function startBrowser(): Promise<Browser> {
  const quiet = ['disable-gpu', 'disable-quic', 'no-first-run', 'disable-background-networking'];
  const args = [...quiet, 'disable-component-update', 'disable-sync'].map((flag) => `--${flag}`);
  return chromium.launch({ executablePath: PROGRAM, args, chromiumSandbox: false });
}

/** A page of this width and theme. */
export async function openPage(
  browser: Browser,
  url: string,
  look: { width?: number; height?: number; theme?: 'light' | 'dark'; javaScript?: boolean } = {},
): Promise<Page> {
  const {
    width = 1280,
    height = width < 700 ? 780 : width > 2000 ? 1_300 : 800,
    theme = 'light',
    javaScript = true,
  } = look;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    javaScriptEnabled: javaScript,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(url, { waitUntil: 'load' });
  return page;
}
