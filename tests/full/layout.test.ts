/** Boxes, and what is in them, measured in a real browser. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/support/clock.ts';
import { hasBrowser, NO_BROWSER, openPage, startBrowser } from '../support/browser.ts';
import { demoExpander } from '../support/demo-matrix.ts';
import { newRepository, pushOf, resultOf, shaOf } from '../support/store.ts';
import { startWeb, type TestWeb } from '../support/web.ts';
import { definitionOf } from '../support/workflow.ts';

/** A matrix of 3 × 4 legs, one of its values long, of a workflow with a long name. */
const WORKFLOW = `
name: ${'workflow'.repeat(25)}
on: push
jobs:
  test:
    runs-on: linux
    strategy: { fail-fast: false, matrix: { os: [ubuntu-24.04, windows-2025, ${'v'.repeat(110)}], node: [18, 20, 22, 24] } }
    steps: [{ run: make test }]
`;
const DAY_MS = 24 * 3_600_000;

describe.skipIf(!hasBrowser)(hasBrowser ? 'the layout' : NO_BROWSER, () => {
  let web: TestWeb;
  let browser: Browser;
  /** Of the run of {@link WORKFLOW}, and of the log of one of its legs. */
  let [run, log] = ['', ''];

  beforeAll(async () => {
    web = await startWeb({ clock: systemClock, expander: demoExpander });
    browser = await startBrowser();
    const { id: repository } = await web.store.addRepository(newRepository(), systemClock.now());
    const at = new Date(systemClock.now().getTime() - 60 * DAY_MS);
    const definition = definitionOf(WORKFLOW);
    const plan = { workflow: definition.name, path: definition.path, definition, keyRef: 'refs/heads/main', jobs: [] };
    const commit = { sha: shaOf(1), tree: shaOf(1), title: 'Round half to even', author: 'Ada <a@example.org>', plan };
    const push = pushOf(repository, [{ ...commit, committedAt: at }], { receivedAt: at });
    const [id = 0] = await web.store.dispatch(push, at);
    const legs = await web.store.claim({ runner: 'build-1', labels: ['linux'], leaseMs: 60_000, now: at }, 20);
    const text = Buffer.from(`${'ok\n'.repeat(400)}Error: no\n${'ok\n'.repeat(50)}`);
    const completedAt = new Date(at.getTime() + 84_170);
    for (const { job, execution } of legs) {
      await web.store.started(job, execution, at);
      await web.logs.append({ job, execution }, 0, text);
      const ended = { conclusion: 'failure' as const, startedAt: at, completedAt, exit: { status: 1 } };
      const steps = [{ index: 0, name: 'make test', logOffset: 0, ...ended }];
      await web.store.finish(resultOf(job, execution, { ...ended, logBytes: text.length, steps }), completedAt);
    }
    [run, log] = [`/runs/${id}`, `/runs/${id}/jobs/${legs[0]?.job}`];
  });
  afterAll(async () => {
    await browser?.close();
    await web?.[Symbol.asyncDispose]();
  });

  const open = (path: string, look: Parameters<typeof openPage>[2]) =>
    openPage(browser, `${web.http.url}${path}`, look);

  test('of a log there is as much to see as the window has room for, whatever is said above it', async () => {
    const page = await open(log, { width: 1280, height: 860 });
    await page.getByText('Live', { exact: true }).waitFor();
    const before = await heightOf(page, '.log');
    await page.route('**/*', (route) => route.abort());
    await page.evaluate('window.dispatchEvent(new Event("pagehide")); window.dispatchEvent(new Event("pageshow"))');
    await page.getByText(/^No connection to the server/).waitFor();
    expect(await heightOf(page, '.log')).toBe(before - (await heightOf(page, '.note')));
    await page.context().close();
  });

  test('a log is printed with the lines that are there', async () => {
    const page = await open(log, { width: 1280, height: 860 });
    await page.emulateMedia({ media: 'print' });
    const lines = await page.locator('.log [id^="L"]').count();
    expect(await heightOf(page, '.log')).toBeGreaterThan(lines * 15);
    expect(await page.evaluate('document.documentElement.scrollHeight')).toBeGreaterThan(lines * 15);
    await page.context().close();
  });

  test('in a low window the page scrolls, and the log is in sight where it opens', async () => {
    const page = await open(log, { width: 640, height: 350 });
    expect(await heightOf(page, '.log')).toBeGreaterThan(250);
    await page.locator('#L401.hit').waitFor();
    expect(await isInWindow(page, '#L401')).toBe(true);
    await page.evaluate('scrollTo(0, 0)');
    expect(await isInWindow(page, 'h1')).toBe(true);
    await page.context().close();
  });

  test.each([360, 768, 1280])('nothing leaves its box because of long names, at %i px', async (width) => {
    const page = await open(run, { width });
    expect(await widthOver(page)).toBeLessThanOrEqual(0);
    expect(await page.locator('.group').evaluate(rightOf)).toBeLessThanOrEqual(width);
    await page.goto(`${web.http.url}${log}`);
    expect(await widthOver(page)).toBeLessThanOrEqual(0);
    expect(await page.getByText('#1', { exact: true }).evaluate(rightOf)).toBeLessThan(width);
    const words = await page.locator('.verdict > p').boundingBox();
    expect(words?.width).toBeGreaterThan(100);
    expect(words?.height).toBeLessThan(50);
    await page.context().close();
  });

  test('dates and times stay in the columns of a repository', async () => {
    const page = await open('/repositories/local/app', { width: 1280 });
    const out = await page
      .locator('.commits .num, .spent .num')
      .evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent));
    expect(await page.locator('.spent .num', { hasText: '16 m 50 s' }).count()).toBeGreaterThan(0);
    expect(out).toEqual([]);
    await page.context().close();
  });

  test.each([320, 360])(
    'search is in the header of a phone, in one line with the rest of it, at %i px',
    async (width) => {
      const page = await open('/', { width });
      const search = page.getByRole('link', { name: 'Search' });
      expect((await search.boundingBox())?.y).toBe((await page.locator('.tool').last().boundingBox())?.y);
      expect(Math.abs((await middleOf(page, '.brand')) - (await middleOf(page, '.tools')))).toBeLessThan(3);
      await search.click();
      await page.waitForURL(/\/runs$/);
      await page.context().close();
    },
  );

  test('what is said of a failing step begins below its name on a phone', async () => {
    const page = await open(run, { width: 400 });
    const left = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((one) => one.getBoundingClientRect().left);
    expect(await left('.fails .where > *')).toBe(await left('.fails h3 > span'));
    await page.context().close();
  });
});

async function heightOf(page: Page, selector: string): Promise<number> {
  return (await page.locator(selector).boundingBox())?.height ?? Number.NaN;
}

async function middleOf(page: Page, selector: string): Promise<number> {
  const { y = Number.NaN, height = 0 } = (await page.locator(selector).boundingBox()) ?? {};
  return y + height / 2;
}

function rightOf(element: Element): number {
  return element.getBoundingClientRect().right;
}

function widthOver(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
}

function isInWindow(page: Page, selector: string): Promise<boolean> {
  return page.locator(selector).evaluate((one) => {
    const { top, bottom } = one.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
}
