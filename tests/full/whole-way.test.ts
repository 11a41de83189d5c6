/** The whole way with nothing made up: the program as it is started by a person, git, its hook, and a real browser. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser, NO_BROWSER, openPage, startBrowser } from '../support/browser.ts';
import { openGate } from '../support/gate.ts';
import { createRepository, type TestRepository } from '../support/repository.ts';
import { type Signalbox, startSignalbox } from '../support/signalbox.ts';

const GOOD = `import { strictEqual } from 'node:assert';
import { test } from 'node:test';
test('three and four are seven', () => strictEqual(3 + 4, 7));
`;
const BAD = GOOD.replace('3 + 4', '3 + 5');
const REPORTERS = '--test-reporter=spec --test-reporter-destination=stdout --test-reporter=junit';
const CI = `#!/bin/sh\nexec node --test ${REPORTERS} --test-reporter-destination=junit.xml\n`;

describe.skipIf(!hasBrowser)(hasBrowser ? 'in a browser, with the whole program' : NO_BROWSER, () => {
  let port: number;
  let signalbox: Signalbox;
  let browser: Browser;
  let repository: TestRepository;

  beforeAll(async () => {
    port = await freePort();
    signalbox = await startSignalbox({ args: ['--http', `127.0.0.1:${port}`] });
    browser = await startBrowser();
    repository = await createRepository({ 'ci.sh': CI, 'sum.test.mjs': GOOD }, 'sum');
    await signalbox.cli('install-hook', repository.path);
  });
  afterAll(async () => {
    await browser?.close();
    await signalbox?.[Symbol.asyncDispose]();
    await repository?.[Symbol.asyncDispose]();
  });

  /** A page that is taken over, and knows later whether it is still the same document. */
  const open = async (path: string) => {
    const page = await openPage(browser, `${signalbox.url}${path}`);
    await becomesLive(page);
    await page.evaluate('document.body.dataset.same = "yes"');
    return page;
  };

  /** The same for somebody who has opened the link of `signalbox open`, in a browser of their own. */
  const loggedIn = async (path: string) => {
    const { stdout } = await signalbox.cli('open', '--json');
    const page = await openPage(browser, JSON.parse(stdout).url);
    await page.goto(`${signalbox.url}${path}`);
    await becomesLive(page);
    return page;
  };

  test('a commit becomes running and green on its page and at home, without a reload', async () => {
    await using gate = await openGate();
    const name = `slow-${Date.now()}`; // a second try finds the one of the first still there
    await using slow = await createRepository({ 'ci.sh': `#!/bin/sh\necho begun\n${gate.shell}\necho ended\n` }, name);
    await signalbox.cli('install-hook', slow.path);
    const home = await open('/');
    const row = home.locator('.repos li', { hasText: `local/${name}` });
    await slow.commit('Go');
    await gate.entered();
    await row.locator('.going a[href^="/runs/"]').waitFor();
    const run = await open((await row.locator('.going a[href^="/runs/"]').getAttribute('href')) ?? '');
    expect(await run.locator('h1').textContent()).toMatch(/^Running/);
    const log = await open((await run.locator('a[href*="/jobs/"]').first().getAttribute('href')) ?? '');
    await log.getByText('begun', { exact: true }).first().waitFor();
    gate.open();
    await log.getByText('ended', { exact: true }).first().waitFor();
    await run.locator('h1', { hasText: /^Passed in / }).waitFor();
    await row.getByText(/^Green for/).waitFor();
    for (const page of [home, run, log]) expect(await same(page)).toBe('yes');
    for (const page of [home, run, log]) await page.context().close();
  });

  test('a failing test is two clicks from home, with its message, file and line', async () => {
    const home = await open('/');
    await repository.commit('Add up', { 'sum.test.mjs': BAD });
    const row = home.locator('.repos li', { hasText: 'local/sum' });
    await row.getByText('Broken', { exact: true }).last().waitFor();
    await row.getByText(/^sum\.test\.mjs:3 /).waitFor();
    await row.locator('.state a.sha').click();
    await home.waitForURL(/\/runs\/\d+$/);
    await home.locator('h1', { hasText: '1 test failed' }).waitFor();
    const failing = home.locator('.fails li').first();
    await failing.getByText('sum.test.mjs:3').waitFor();
    expect(await failing.textContent()).toMatch(/three and four are seven.*8 !== 7/s);
    await failing.locator('a[href*="/jobs/"]').click();
    await home.waitForURL(/\/runs\/\d+\/jobs\/\d+/);
    await home
      .getByText(/8 !== 7/)
      .first()
      .waitFor();
    await home.context().close();
  });

  test('with keys alone one comes from home to the log of what failed, and back', async () => {
    const page = await open('/');
    await keys(page, '?');
    await page.getByRole('heading', { name: 'Keys' }).waitFor();
    await keys(page, 'Escape');
    await page.getByRole('heading', { name: 'Keys' }).waitFor({ state: 'hidden' });
    await keys(page, 'g', 'q');
    await arrives(page, /\/queue$/);
    await keys(page, 'g', 'h');
    await arrives(page, /:\d+\/$/);
    await keys(page, 'j', 'j', 'k');
    expect(await focused(page)).toMatch(/^\/repositories\/local\/sum$/);
    await keys(page, 'Enter');
    await arrives(page, /\/repositories\/local\/sum$/);
    await nextRowUntil(page, /^\/runs\/\d+$/);
    await keys(page, 'Enter');
    await arrives(page, /\/runs\/\d+$/);
    await nextRowUntil(page, /^\/runs\/\d+\/jobs\/\d+/);
    await keys(page, 'Enter');
    await arrives(page, /\/runs\/\d+\/jobs\/\d+/);
    await page
      .getByText(/8 !== 7/)
      .first()
      .waitFor();
    await keys(page, 'Escape');
    await arrives(page, /\/runs\/\d+$/);
    await page.context().close();
  });

  test('of two people who press rerun at once one starts it, and the other reads who did', async () => {
    await repository.commit('Break it again', { 'sum.test.mjs': BAD });
    const home = await open('/');
    await home.locator('.repos li', { hasText: 'local/sum' }).locator('.state a.sha').click();
    await home.waitForURL(/\/runs\/\d+$/);
    const run = new URL(home.url()).pathname;
    const people = await Promise.all([loggedIn(run), loggedIn(run)]);
    const said = people.map((page) => page.locator('.acts [role="status"]'));
    await heldTogether(people, '**/rerun');
    await Promise.all(people.map((page) => page.getByRole('button', { name: 'Rerun all' }).click()));
    const refused = /started this rerun \d+ s ago/;
    await expect.poll(() => texts(said), { timeout: 20_000 }).toContainEqual(expect.stringMatching(refused));
    for (const page of people) await page.getByText('Attempt').first().waitFor();
    const { attempt } = await (await fetch(`${signalbox.url}/api${run}`)).json();
    expect(attempt).toBe(2);
    for (const page of [home, ...people]) await page.context().close();
  });

  test('a server that is killed is missed at once, and after its return the page has what happened since', async () => {
    const page = await open('/');
    const row = page.locator('.repos li', { hasText: 'local/sum' });
    await row.getByText('Broken', { exact: true }).last().waitFor();
    signalbox.up.kill('SIGKILL');
    await page.getByText(/^No connection to the server since \d\d:\d\d:\d\d\.$/).waitFor();
    await page.getByText(/Next try in \d+ s\.|Trying now\./).waitFor();
    await repository.commit('Add up again', { 'sum.test.mjs': GOOD });
    await signalbox.restart('--http', `127.0.0.1:${port}`);
    await becomesLive(page);
    expect(await page.locator('.note').count()).toBe(0);
    await row.getByText(/^Green for/).waitFor();
    expect(await same(page)).toBe('yes');
    await page.context().close();
  });
});

/** A port that nobody has now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The page has been taken over, and hears of what happens. */
const becomesLive = (page: Page) => page.getByText('Live', { exact: true }).waitFor();

const same = (page: Page) => page.evaluate('document.body.dataset.same');

async function keys(page: Page, ...pressed: readonly string[]): Promise<void> {
  for (const key of pressed) await page.keyboard.press(key);
}

async function arrives(page: Page, url: RegExp): Promise<void> {
  await page.waitForURL(url);
  await becomesLive(page);
}

/** Holds what they ask for there until each of them has asked. */
async function heldTogether(pages: readonly Page[], url: string): Promise<void> {
  let release = () => {};
  const all = new Promise<void>((resolve) => {
    release = resolve;
  });
  let asked = 0;
  for (const page of pages)
    await page.route(url, async (route) => {
      asked += 1;
      if (asked === pages.length) release();
      await all;
      await route.continue();
    });
}

const texts = (all: readonly Locator[]) => Promise.all(all.map((one) => one.innerText()));

/** Where the link leads that has the focus. */
const focused = (page: Page) => page.evaluate<string | null>('document.activeElement.getAttribute("href")');

/** Goes down the rows until the focus is on such a link. */
async function nextRowUntil(page: Page, href: RegExp): Promise<void> {
  const seen: (string | null)[] = [];
  while (!href.test(seen.at(-1) ?? '')) {
    if (seen.length > 12) throw new Error(`no row leads to ${href}: ${seen.join(', ')}`);
    await keys(page, 'j');
    seen.push(await focused(page));
  }
}
