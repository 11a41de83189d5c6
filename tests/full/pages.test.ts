/**
 * The pages in a real browser. To look at them yourself: `node scripts/demo.mjs` serves the same data until Ctrl-C, and
 * `node scripts/screenshots.mjs FOLDER [PATH…]` takes pictures at 360, 1280 and 2560 px in both themes.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/support/clock.ts';
import { deferred } from '../../src/support/deferred.ts';
import { loginLink } from '../../src/web/login.ts';
import { hasBrowser, NO_BROWSER, openPage, startBrowser } from '../support/browser.ts';
import { demoPaths } from '../support/demo.ts';
import { startDemo } from '../support/start-demo.ts';
import { commitOf, newRepository, pushOf, resultOf } from '../support/store.ts';
import type { TestWeb } from '../support/web.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds. */
interface Said {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly target: string[] }[] }[];
}

/** All that axe knows, those rules too that it does not look at by itself; `color-contrast-enhanced` wants more than we promise. */
const ALL = `axe.run({
  rules: Object.fromEntries(axe.getRules().map(({ ruleId }) => [ruleId, { enabled: ruleId !== 'color-contrast-enhanced' }])),
})`;
/** A theme is colours alone, and what a large screen has that the laptop's has not is room. */
const PLACES = `axe.run({ runOnly: ['target-size', 'scrollable-region-focusable', 'region', 'bypass'] })`;
const COLOURS = `axe.run({ runOnly: ['color-contrast', 'link-in-text-block'] })`;
const LOOKS = [
  { width: 360, theme: 'light', rules: ALL },
  { width: 360, theme: 'dark', rules: COLOURS },
  { width: 1280, theme: 'light', rules: ALL },
  { width: 1280, theme: 'dark', rules: COLOURS },
  { width: 2560, theme: 'light', rules: PLACES },
] as const;
/** What a screen of 1280 pixels has at a zoom of 400 %. */
const ZOOMED = 320;

describe.skipIf(!hasBrowser)(hasBrowser ? 'in a browser' : NO_BROWSER, () => {
  let web: TestWeb;
  let browser: Browser;

  beforeAll(async () => {
    web = await startDemo();
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await web?.[Symbol.asyncDispose]();
  });

  const open = async (path: string, look: Parameters<typeof openPage>[2] = {}) => {
    const page = await openPage(browser, `${web.http.url}${path}`, look);
    return page;
  };

  /** Live: the page has been taken over. */
  const openLive = async (path: string, look: Parameters<typeof openPage>[2] = {}) => {
    const page = await open(path, look);
    await page.getByText('Live', { exact: true }).waitFor();
    return page;
  };

  /** The same in a browser that is let in. */
  const openAsOwner = async (path: string, look: Parameters<typeof openPage>[2] = {}) => {
    const page = await open(loginLink('', web.credentials), look);
    await page.goto(`${web.http.url}${path}`);
    await page.getByText('Live', { exact: true }).waitFor();
    return page;
  };

  test('axe finds nothing and nothing scrolls sideways, on any page, at any width, in any theme', async () => {
    const found: string[] = [];
    for (const path of await demoPaths(web.store)) {
      const page = await open(path);
      await page.evaluate(axe);
      for (const { width, theme, rules } of LOOKS) {
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme: theme });
        const said = await page.evaluate<Said>(rules);
        for (const { id, nodes } of said.violations)
          found.push(`${path} ${width} ${theme}: ${id} ${nodes.map(({ target }) => target).join(' ')}`);
        const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        if (wide > 0) found.push(`${path} ${width}: ${wide} px too wide`);
      }
      await page.setViewportSize({ width: ZOOMED, height: 256 });
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      if (wide > 0) found.push(`${path} at a zoom of 400 %: ${wide} px too wide`);
      const lines = await page.evaluate<number>(
        'new Set([...document.querySelectorAll(".top nav a")].map((one) => one.offsetTop)).size',
      );
      if (lines > 1) found.push(`${path} at a zoom of 400 %: the navigation is in ${lines} lines`);
      await page.context().close();
    }
    expect(found).toEqual([]);
  });

  test('a page that is taken over says nothing to the console, and asks nobody else', async () => {
    for (const path of await demoPaths(web.store)) {
      const page = await open('/healthz');
      const said: string[] = [];
      page.on('console', (message) => said.push(message.text()));
      page.on('pageerror', (error) => said.push(error.message));
      page.on('request', (request) => {
        if (!request.url().startsWith(web.http.url)) said.push(`asked for ${request.url()}`);
      });
      await page.goto(`${web.http.url}${path}`);
      await page.getByText('Live', { exact: true }).waitFor();
      // a browser says once that a page is not there, whatever the page does
      expect([path, said.slice(path === '/nowhere' ? 1 : 0)]).toEqual([path, []]);
      await page.context().close();
    }
  });

  test('in colours that the system has chosen nothing that is drawn with a background alone is gone', async () => {
    const [failed] = await web.store.runs({ repository: 'meridian/pricing', conclusion: 'failure' });
    const page = await openLive(`/runs/${failed?.id}`);
    await page.emulateMedia({ forcedColors: 'active' });
    const [canvas, ...drawn] = await page.evaluate<string[]>(
      `['body', '.slots i', ['.way li', '::before']].map((one) =>
        typeof one === 'string'
          ? getComputedStyle(document.querySelector(one)).backgroundColor
          : getComputedStyle(document.querySelector(one[0]), one[1]).backgroundColor)`,
    );
    // whoever wants no motion has none, though lamps of what runs turn for others
    await page.goto(`${web.http.url}/runners`);
    expect(await page.evaluate('document.getAnimations().length')).toBe(0);
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    expect(await page.evaluate('document.getAnimations().length')).toBeGreaterThan(0);
    expect(drawn).not.toContain(canvas);
    expect(drawn).not.toContain('rgba(0, 0, 0, 0)');
    await page.context().close();
  });

  test('a push goes from waiting to its verdict without a reload, and what is read keeps its place', async () => {
    const page = await openLive('/');
    await page.evaluate('document.body.dataset.same = "yes"');
    const repository = (await web.store.repositories()).find(({ name }) => name === 'local/test_repo');
    const row = page.locator('.repos li', { hasText: 'test_repo' });
    const place = await row.evaluate((element) => [...(element.parentElement?.children ?? [])].indexOf(element));
    const commit = { ...commitOf(900_001), author: 'Ada <a@example.org>' };
    await web.store.dispatch(pushOf(repository?.id ?? 0, [commit]), systemClock.now());
    await row.getByText('1 waits').waitFor();
    const [job] = await web.store.claim({ runner: 'one', labels: [], leaseMs: 60_000, now: systemClock.now() }, 1);
    await web.store.started(job?.job ?? 0, 1, systemClock.now());
    await row.getByText('#7 main').waitFor();
    await web.store.finish(resultOf(job?.job ?? 0, 1, { conclusion: 'failure' }), systemClock.now());
    await row.getByText('Broken').waitFor();
    expect(await row.evaluate((element) => [...(element.parentElement?.children ?? [])].indexOf(element))).toBe(place);
    await page.getByRole('button', { name: '1 newly broken, show first' }).click();
    // first those that are broken: four of them now
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.repos li')].slice(0, 4).some((one) => one.textContent?.includes('test_repo')),
    );
    expect(await page.evaluate('document.body.dataset.same')).toBe('yes');
    expect(await page.locator('#said').textContent()).toContain('4 repositories are broken');
  });

  test('home is worked with keys alone', async () => {
    const page = await openLive('/');
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Keys' }).waitFor({ state: 'hidden' });
    await page.keyboard.press('f');
    await page.keyboard.type('ledger');
    await expect.poll(() => page.locator('.repos li').count(), { timeout: 20_000 }).toBe(1);
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('meridian/ledger');
    await page.keyboard.press('Tab');
    await page.locator('.tip').waitFor();
    await page.keyboard.press('ArrowLeft');
    await page.getByText('Running', { exact: true }).last().waitFor({ state: 'attached' });
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/runs\/\d+$/);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('q');
    await page.waitForURL(/\/queue$/);
  });

  test('without a script everything can be read, and followed', async () => {
    const page = await open('/', { javaScript: false });
    expect(await page.locator('.repos li').count()).toBe(14);
    await page.getByRole('link', { name: /^Waiting/ }).click();
    expect(await page.locator('.repos li').count()).toBeLessThan(14);
    await page.locator('.repos .strip').first().click();
    await page.waitForURL(/\/repositories\/meridian\//);
    expect(await page.locator('.commits li').count()).toBeGreaterThan(3);
    await page.getByRole('button', { name: 'Search' }).waitFor();
    const [run] = await web.store.runs({ repository: 'meridian/pricing', conclusion: 'failure' });
    const failed = await open(`/runs/${run?.id}`, { javaScript: false });
    expect(await failed.locator('h1').textContent()).toContain('failed');
    expect(await failed.getByRole('button').count()).toBe(0); // nothing that would do nothing
  });

  test('a rerun is asked for with a key, and a refusal is told in its place', async () => {
    const [run] = await web.store.runs({ repository: 'meridian/pricing', conclusion: 'failure' });
    const page = await openLive(`/runs/${run?.id}`);
    await page.keyboard.press('r');
    await page.locator('.acts [role=status].no').waitFor();
    expect(await page.locator('.acts [role=status]').textContent()).not.toBe('');
    expect(await page.locator('.graph .job').count()).toBeGreaterThan(3);
  });

  test('what a stranger wrote is approved with keys alone, and of two who do so the second reads who was first', async () => {
    const [held] = await web.store.runs({ repository: 'meridian/monolith' });
    const path = `/runs/${held?.id}`;
    const [page, other] = [await openAsOwner(path), await openAsOwner(path)];
    for (const one of [page, other]) {
      await one.getByRole('button', { name: 'Approve…' }).focus();
      await one.keyboard.press('Enter');
      await one.getByText(/there is no sandbox: it would run as the user of the runner/).waitFor();
      await one.evaluate(axe);
      const said = await one.evaluate<Said>('axe.run()');
      expect(said.violations.map(({ id }) => id)).toEqual([]);
      expect(await one.evaluate('document.activeElement.getAttribute("href")')).toMatch(/pulls\/381$/);
      await one.keyboard.press('Escape');
      await one.locator('dialog.approve').waitFor({ state: 'detached' });
      expect(await one.evaluate('document.activeElement.textContent')).toBe('Approve…');
      await one.keyboard.press('Enter');
      await one.locator('dialog.approve').waitFor();
      await one.keyboard.press('Tab');
      await one.keyboard.press('Space');
      await one.keyboard.press('Tab');
    }
    await page.keyboard.type('Ada');
    await other.keyboard.type('Mei');
    await page.keyboard.press('Enter');
    await page.getByText('by Ada, ').waitFor();
    await other.keyboard.press('Enter');
    await other.getByText(/needs no approval: Ada gave it already/).waitFor();
    expect(await page.getByRole('button', { name: 'Approve…' }).count()).toBe(0);
    expect(await page.evaluate('localStorage.getItem("signalbox.name")')).toBe('Ada');
    for (const one of [page, other]) await one.context().close();
  });

  test('the plots of a repository are drawn, with their values in words beside them', async () => {
    const page = await openLive('/repositories/meridian/checkout-web');
    await page.locator('.plot canvas').nth(1).waitFor();
    await page.getByText(/^now \d+ m \d\d s$/).waitFor();
    await page.getByLabel('Conclusion').selectOption('failure');
    await page.waitForURL(/conclusion=failure/);
  });

  test('a runner is drained from its page, and taken back there', async () => {
    const page = await openAsOwner('/runners');
    await page.getByRole('button', { name: 'Drain build-2' }).click();
    await page.getByRole('button', { name: 'Resume build-2' }).click();
    await page.getByRole('button', { name: 'Drain build-2' }).waitFor();
    await page.context().close();
  });

  test('names of jobs that run are whole on a phone, whatever time is left beside them', async () => {
    const page = await openLive('/runners', { width: 360 });
    const cut = await page
      .locator('.slot b')
      .evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).length);
    expect(cut).toBe(0);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
    await page.context().close();
  });

  test('a theme that was chosen holds from the first paint of the next page', async () => {
    const page = await openLive('/', { theme: 'light' });
    await page.getByRole('button', { name: 'Switch theme' }).click();
    await page.goto(`${web.http.url}/queue`, { waitUntil: 'commit' });
    await page.waitForSelector('main');
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
  });

  test('what is typed and pressed before a page is live counts as soon as it is, and nothing moves', async () => {
    const page = await open('/healthz');
    const gate = deferred<void>();
    await page.route(/\/assets\/client-/, async (route) => {
      await gate.promise;
      await route.continue();
    });
    await page.goto(`${web.http.url}/`, { waitUntil: 'domcontentloaded' });
    await page.getByPlaceholder('Filter').pressSequentially('ledger');
    await page.getByRole('button', { name: 'Switch theme' }).click();
    const places = () => page.locator('.top > *').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().x));
    const before = await places();
    gate.resolve(undefined);
    await page.getByText('Live', { exact: true }).waitFor();
    await expect.poll(() => page.locator('.repos li').count()).toBe(1);
    expect(await page.getByPlaceholder('Filter').inputValue()).toBe('ledger');
    expect(await page.evaluate('document.activeElement.title')).toBe('Switch theme'); // the focus stays
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
    expect(await places()).toEqual(before);
    await page.context().close();
  });

  test('a form that only a script can send is sent once there is one, with what was typed', async () => {
    const page = await openAsOwner('/settings');
    const gate = deferred<void>();
    await page.route(/\/assets\/client-/, async (route) => {
      await gate.promise;
      await route.continue();
    });
    await page.goto(`${web.http.url}/settings?section=secrets`, { waitUntil: 'domcontentloaded' });
    await page.getByLabel('Name').first().fill('not a name');
    await page.getByLabel('Value').first().fill('x');
    await page.locator('.settings-form button').first().click();
    gate.resolve(undefined);
    await page.locator('.settings-form [role=status]').waitFor();
    expect(await page.getByLabel('Name').first().inputValue()).toBe('not a name');
    expect(page.url()).toContain('section=secrets');
    await page.context().close();
  });

  test('what happened while the network was away is on the page when it is back, and so is what could not be asked for', async () => {
    const page = await openLive('/queue');
    const repository = (await web.store.repositories()).find(({ name }) => name === 'local/test_repo');
    const push = (n: number, title: string) =>
      web.store.dispatch(pushOf(repository?.id ?? 0, [{ ...commitOf(n), title }]), systemClock.now());
    await page.context().setOffline(true);
    await push(900_101, 'While nobody could be asked');
    await page.context().setOffline(false);
    await page.getByText('While nobody could be asked').first().waitFor();
    await page.route('**/queue', (route) => route.abort(), { times: 1 });
    await push(900_102, 'While a question was lost');
    await page.getByText('While a question was lost').first().waitFor({ timeout: 10_000 });
    await page.context().close();
  });
});

test.skipIf(!hasBrowser)('titles and names of steps without a space stay where they are, on a phone too', async () => {
  await using web = await startDemo({ isEmpty: true });
  const { id: repository } = await web.store.addRepository(newRepository(), web.clock.now());
  const commit = { ...commitOf(1), title: 'w'.repeat(1_000) };
  await web.store.dispatch(pushOf(repository, [commit]), web.clock.now());
  const [claimed] = await web.store.claim({ runner: 'one', labels: [], leaseMs: 1_000, now: web.clock.now() }, 1);
  const failed = { conclusion: 'failure', exit: { status: 1 } } as const;
  const ended = resultOf(claimed!.job, 1, failed);
  const name = `Run ${'write(Buffer.alloc(3000))'.repeat(8)}`;
  const steps = ended.steps.map((step) => ({ ...step, ...failed, name }));
  await web.store.finish({ ...ended, steps }, web.clock.now());
  const [run] = await web.store.runs({ repository: 'local/app' });
  const browser = await startBrowser();
  try {
    for (const width of [360, 1280]) {
      const page = await openPage(browser, `${web.http.url}/runs/${run?.id}`, { width });
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      const room = (one: Element) => one.scrollWidth - one.clientWidth;
      expect(await page.locator('.fails h3').evaluate(room)).toBeLessThanOrEqual(0);
      await page.context().close();
    }
  } finally {
    await browser.close();
  }
});

test.skipIf(!hasBrowser)('an outage of the server is shown as such, and heals by itself', async () => {
  const web = await startDemo({ isEmpty: true });
  const browser = await startBrowser();
  try {
    const page = await openPage(browser, `${web.http.url}/`);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.route('**/*', (route) => route.abort());
    await page.evaluate('window.dispatchEvent(new Event("pagehide")); window.dispatchEvent(new Event("pageshow"))');
    await page.getByText(/^No connection to the server since \d\d:\d\d:\d\d\.$/).waitFor();
    await page.getByText(/Next try in \d+ s\.|Trying now\./).waitFor();
    await page.unroute('**/*');
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByText('Live', { exact: true }).waitFor();
    expect(await page.locator('.note').count()).toBe(0);
  } finally {
    await browser.close();
    await web[Symbol.asyncDispose]();
  }
});

test.skipIf(!hasBrowser).each([
  ['does not get through', (page: Page) => page.route('**/live/changes*', (route) => route.abort())],
  ['is not allowed', (page: Page) => page.addInitScript('delete window.EventSource')],
])('where the stream of events %s, the page asks by itself and says so', async (_, block) => {
  const web = await startDemo({ isEmpty: true });
  const browser = await startBrowser();
  try {
    const page = await openPage(browser, `${web.http.url}/healthz`);
    await block(page);
    await page.goto(`${web.http.url}/`);
    await page.getByText('Asking', { exact: true }).waitFor();
    expect(await page.locator('.note').count()).toBe(0);
    await web.store.addRepository(newRepository('acme/late'), systemClock.now());
    await page.getByText('acme/late').first().waitFor();
  } finally {
    await browser.close();
    await web[Symbol.asyncDispose]();
  }
});
