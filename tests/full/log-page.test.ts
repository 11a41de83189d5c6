import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/support/clock.ts';
import { deferred } from '../../src/support/deferred.ts';
import { hasBrowser, NO_BROWSER, openPage, startBrowser } from '../support/browser.ts';
import { resultOf } from '../support/store.ts';
import { leasedJob, startWeb, type TestWeb } from '../support/web.ts';

const MANY = 1_000_000;

describe.skipIf(!hasBrowser)(hasBrowser ? 'the log in a browser' : NO_BROWSER, () => {
  let web: TestWeb;
  let browser: Browser;
  beforeAll(async () => {
    web = await startWeb({ clock: systemClock });
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await web?.[Symbol.asyncDispose]();
  });

  /** A job that prints `log`; `conclusion`: how it ended. Without one it goes on. */
  async function jobWith(log: string, conclusion?: 'success' | 'failure') {
    const { run, job } = await leasedJob(web, Math.floor(Math.random() * 1e9));
    const at = web.clock.now();
    await web.store.started(job, 1, at);
    const step = { index: 0, name: 'npm test', startedAt: at, logOffset: 0 };
    await web.store.step(job, 1, { ...step, conclusion: null, completedAt: null, exit: null });
    let offset = 0;
    for (const part of parts(Buffer.from(log))) offset = await web.logs.append({ job, execution: 1 }, offset, part);
    if (conclusion !== undefined) {
      const ended = { ...step, conclusion, completedAt: at, exit: { status: conclusion === 'success' ? 0 : 1 } };
      await web.store.finish({ ...resultOf(job, 1, { conclusion }), steps: [ended], logBytes: offset }, at);
      await web.logs.seal({ job, execution: 1 });
    }
    return { path: `/runs/${run}/jobs/${job}`, job, say: (text: string) => say(job, text) };
  }

  async function say(job: number, text: string) {
    const key = { job, execution: 1 };
    await web.logs.append(key, await web.logs.size(key), Buffer.from(text));
  }

  const open = (path: string, look?: Parameters<typeof openPage>[2]) =>
    openPage(browser, `${web.http.url}${path}`, look);
  const openLive = async (path: string, look?: Parameters<typeof openPage>[2]) => {
    const page = await open(path, look);
    await page.getByText('Live', { exact: true }).waitFor();
    return page;
  };

  test('a log is at its first failure before its scripts come, and stays where it was scrolled meanwhile', async () => {
    const wide = 'and so on '.repeat(30); // on a phone not all lines around the failure are in sight
    const lines = Array.from(
      { length: 2_000 },
      (_, n) => `${n === 1_500 ? 'AssertionError: 4 is not 3' : 'ok'} ${wide}`,
    );
    const { path } = await jobWith(`${lines.join('\n')}\n`, 'failure');
    const page = await open('/healthz', { width: 360 });
    const gate = deferred<void>();
    await page.route(/\/assets\/client-/, async (route) => {
      await gate.promise;
      await route.continue();
    });
    await page.goto(`${web.http.url}${path}`, { waitUntil: 'domcontentloaded' });
    const heightOf = async (line: string) => (await page.locator(line).boundingBox())?.y ?? Number.NaN;
    expect(await page.locator('.log').evaluate((log) => log.scrollTop)).toBeGreaterThan(40);
    await page.locator('.log').evaluate((log) => log.scrollBy(0, -40));
    const before = await heightOf('#L1501');
    gate.resolve(undefined);
    await page.getByText('Live', { exact: true }).waitFor();
    expect(Math.abs((await heightOf('#L1501')) - before)).toBeLessThan(2);
    await page.context().close();
  });

  test('a log of a million lines opens at its first failure, and any of its lines is a moment away', async () => {
    const lines = Array.from({ length: MANY }, (_, n) =>
      n === 700_000 ? 'AssertionError: expected 4 to be 3' : `ok ${n + 1}`,
    );
    const { path } = await jobWith(`${lines.join('\n')}\n`, 'failure');
    const page = await openLive(path);
    await page.locator('#L700001.hit').waitFor();
    await scrollTo(page, 1);
    await page.locator(`#L${MANY}`).getByText(`ok ${MANY}`).waitFor();
    await scrollTo(page, 0.5);
    await expect.poll(() => page.locator('.log .ln').first().innerText()).toMatch(/ok \d{6}/);
    expect(await page.locator('.log .ln').count()).toBeLessThan(400);
    await page.keyboard.press('e');
    await page.locator('#L700001.hit').waitFor();
    await page.context().close();
  });

  test('a job that runs is followed, until somebody scrolls up, and again after End', async () => {
    const { path, say } = await jobWith(Array.from({ length: 200 }, (_, n) => `line ${n + 1}\n`).join(''));
    const page = await openLive(path);
    await page.getByText('Following the newest line').waitFor();
    await say('line 201\n10%\r20%');
    await page.locator('#L201').getByText('line 201').waitFor();
    await page.locator('#L202').getByText('20%').waitFor();
    await say('\r100%\nlast\n');
    await page.locator('#L202').getByText('100%', { exact: true }).waitFor();
    expect(await isInSight(page, '#L203')).toBe(true);
    await page.mouse.move(700, 400);
    await page.mouse.wheel(0, -600);
    await page.getByText('Stopped following at').waitFor();
    await say('more\n');
    await page.getByText('204 lines so far').waitFor();
    expect(await isInSight(page, '#L204')).toBe(false);
    await page.keyboard.press('End');
    await page.locator('#L204').waitFor();
    await expect.poll(() => isInSight(page, '#L204')).toBe(true);
    await page.context().close();
  });

  test('the whole log is searched, and n and p go from place to place', async () => {
    const lines = Array.from({ length: 20_000 }, (_, n) => (n % 5_000 === 4_999 ? `needle ${n + 1}` : `hay ${n + 1}`));
    const { path } = await jobWith(`${lines.join('\n')}\n`, 'success');
    const page = await openLive(path);
    await page.keyboard.press('/');
    await page.keyboard.type('needle');
    await page.getByText('4', { exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('#L5000 mark').getByText('needle').waitFor();
    await page.locator('.log').focus();
    await page.keyboard.press('n');
    await page.locator('#L10000.chosen').waitFor();
    await page.keyboard.press('p');
    await page.locator('#L5000.chosen').waitFor();
    expect(page.url()).toMatch(/#L5000$/);
    await page.keyboard.press('/');
    await page.locator('#log-search').fill('');
    await page.keyboard.type('needle 15');
    await page.keyboard.press('Enter');
    await page.locator('#L15000.chosen').waitFor();
    await page.context().close();
  });

  test('a link leads to a range of lines', async () => {
    const { path } = await jobWith(Array.from({ length: 3_000 }, (_, n) => `line ${n + 1}\n`).join(''), 'success');
    const page = await openLive(`${path}#L1200-L1203`);
    await page.locator('#L1203.chosen').waitFor();
    expect(await page.locator('.chosen').count()).toBe(4);
    await page.locator('#L1205 > a').click({ modifiers: ['Shift'] });
    await expect.poll(() => page.url()).toMatch(/#L1200-L1205$/);
    await page.goto(`${web.http.url}${path}#L999999`);
    await page.locator('#L3000.chosen').waitFor();
    await page.getByText('At line 3000', { exact: true }).waitFor();
    await page.context().close();
  });

  test('a link leads to a line of a log whose outline comes later, and below the log it says where one is', async () => {
    const lines = Array.from({ length: 200_000 }, (_, n) => (n === 150_000 ? 'Error: no' : `this is line ${n + 1}`));
    const { path } = await jobWith(`${lines.join('\n')}\n`, 'failure');
    const page = await open('/healthz');
    const gate = deferred<void>();
    await page.route('**/log/outline*', async (route) => {
      await gate.promise;
      await route.continue();
    });
    await page.goto(`${web.http.url}${path}#L300`);
    await page.locator('#L300.chosen').waitFor();
    gate.resolve(undefined);
    await page.locator('button:enabled', { hasText: 'First failure' }).waitFor();
    await expect.poll(() => isInSight(page, '#L300.chosen')).toBe(true);
    await page.getByText('At line 300', { exact: true }).waitFor();
    await page.keyboard.press('e');
    await page.getByText('At the first failure, line 150001').waitFor();
    await page.locator('#L150001 > a').click();
    await page.locator('#L150001.hit.chosen').waitFor();
    await page.keyboard.press('End');
    await page.getByText('At its end', { exact: true }).waitFor();
    await page.context().close();
  });

  test.each([400, 1200])('numbers of seven digits stand beside the text in a window of %i pixels', async (width) => {
    const { path } = await jobWith('x\n'.repeat(1_000_000), 'success');
    const page = await openLive(`${path}?line=1000000`);
    await page.setViewportSize({ width, height: 800 });
    await page.locator('#L1000000').waitFor();
    const [left, right] = await page.evaluate<[number, number]>(`(() => {
      const range = document.createRange();
      range.selectNodeContents(document.querySelector('#L1000000 > a'));
      const { left, right } = range.getBoundingClientRect();
      const log = document.querySelector('.log').getBoundingClientRect();
      return [left - log.left, document.querySelector('#L1000000 > span').getBoundingClientRect().left - right];
    })()`);
    expect(left).toBeGreaterThanOrEqual(3);
    expect(right).toBeGreaterThanOrEqual(8);
    await page.context().close();
  });

  test('a log that grows is opened at its end where no script follows it', async () => {
    const { path } = await jobWith('line 1\nline 2\n');
    const page = await open(path, { javaScript: false });
    expect(await page.locator('.logfoot').innerText()).toMatch(/^Opened at its end\s+2 lines so far$/);
    await page.context().close();
  });

  test('lines are copied as they were printed, without their numbers', async () => {
    const { path } = await jobWith('first\n\n  third, \u001b[31mred\u001b[0m\n\n\nsixth\nlast\n', 'success');
    const page = await openLive(path);
    await page.context().grantPermissions(['clipboard-read']);
    const [from, to] = [await page.locator('#L1 > span').boundingBox(), await page.locator('#L6 > span').boundingBox()];
    await page.mouse.move(from?.x ?? 0, (from?.y ?? 0) + 8);
    await page.mouse.down();
    await page.mouse.move((to?.x ?? 0) + (to?.width ?? 0), (to?.y ?? 0) + 8);
    await page.mouse.up();
    await page.keyboard.press('Control+c');
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(copied.trimEnd()).toBe('first\n\n  third, red\n\n\nsixth');
    await page.context().close();
  });

  test('an open group has its title once, and where it ends there is no empty line', async () => {
    const { path } = await jobWith('##[group]Set up\nin it\n##[endgroup]\nafter it\n', 'success');
    const page = await openLive(path);
    await page.getByRole('button', { name: 'Set up' }).click();
    await page.getByText('in it').waitFor();
    expect(await page.getByText('Set up').count()).toBe(1);
    const topOf = async (line: string) => (await page.locator(line).boundingBox())?.y ?? Number.NaN;
    expect((await topOf('#L4')) - (await topOf('#L2'))).toBeLessThan(30);
    await page.context().close();
  });

  test('titles of folds are wrapped with the lines', async () => {
    const { path } = await jobWith(
      `##[group]${'a long title '.repeat(15)}\n##[endgroup]\n${'word '.repeat(200)}\n`,
      'success',
    );
    const page = await openLive(path, { width: 800 });
    const over = () => page.locator('.log').evaluate((log) => log.scrollWidth - log.clientWidth);
    expect(await over()).toBeGreaterThan(0);
    await page.getByText('Wrap', { exact: true }).click();
    expect(await over()).toBe(0);
    await page.context().close();
  });

  test('markup, broken text and one line without end are shown as what they are', async () => {
    const { path } = await jobWith(
      `<img src=x onerror=alert(1)>\n\u0000\u202e\n${'x'.repeat(2_000_000)}\nend\n`,
      'success',
    );
    const page = await openLive(path, { width: 360 });
    await page.locator('#L1').getByText('<img src=x onerror=alert(1)>').waitFor();
    await page.locator('#L3').getByText('more in the whole log').waitFor();
    await page.context().close();
  });

  test('without JavaScript the lines around the first failure can be read', async () => {
    const lines = Array.from({ length: 900 }, (_, n) => (n === 499 ? 'Error: no' : `ok ${n + 1}`));
    const { path } = await jobWith(`${lines.join('\n')}\n`, 'failure');
    const page = await open(path, { javaScript: false });
    expect(await page.locator('#L500').innerText()).toContain('Error: no');
    const at = await open(`${path}?line=20`, { javaScript: false });
    expect(await at.locator('#L20').innerText()).toContain('ok 20');
    await page.context().close();
    await at.context().close();
  });
});

function* parts(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1_000_000) yield bytes.subarray(at, at + 1_000_000);
}

/** Puts the scroll bar of the log at a share of its way. */
async function scrollTo(page: Page, share: number): Promise<void> {
  await page.evaluate(`{ const log = document.querySelector('.log'); log.scrollTop = log.scrollHeight * ${share}; }`);
}

function isInSight(page: Page, selector: string): Promise<boolean> {
  return page.evaluate<boolean>(`(() => {
    const line = document.querySelector('${selector}')?.getBoundingClientRect();
    const log = document.querySelector('.log').getBoundingClientRect();
    return line !== undefined && line.top < log.bottom && line.bottom > log.top;
  })()`);
}
