import { join } from 'node:path';
import { openPage, startBrowser, THEMES, WIDTHS } from './browser.ts';
import { demoPaths } from './demo.ts';
import { startDemo } from './start-demo.ts';

/** Pictures of pages, and what axe says of them; the number of pages of which it says something. */
export async function takeScreenshots(wishes: {
  readonly folder: string;
  readonly paths: readonly string[];
  /** The script. */
  readonly axe: string;
}): Promise<number> {
  await using demo = await startDemo();
  const browser = await startBrowser();
  let found = 0;
  try {
    const paths = wishes.paths.length > 0 ? wishes.paths : await demoPaths(demo.store);
    for (const path of paths)
      for (const width of WIDTHS)
        for (const theme of THEMES) {
          const page = await openPage(browser, `${demo.http.url}${path}`, { width, theme });
          await page.locator('.live').waitFor({ timeout: 10_000 });
          const name = `${path.replace(/\W+/g, '-').replace(/^-|-$/g, '') || 'home'}-${width}-${theme}.png`;
          await page.screenshot({ path: join(wishes.folder, name), fullPage: width < 700 });
          const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
          await page.evaluate(wishes.axe);
          const said = (await page.evaluate(
            'axe.run().then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.target).join(" ")))',
          )) as string[];
          if (said.length > 0 || Number(wide) > 0) found += 1;
          console.log(name, Number(wide) > 0 ? `scrolls sideways by ${wide} px` : '', said.length === 0 ? '' : said);
          await page.context().close();
        }
  } finally {
    await browser.close();
  }
  return found;
}

/** The pictures that the README shows, into `folder`. */
export async function takeReadmePictures(folder: string): Promise<void> {
  await using demo = await startDemo();
  const [matrix] = await demo.store.runs({ repository: 'meridian/pricing' });
  const broken = (await demo.store.runs({ repository: 'meridian/checkout-web', conclusion: 'failure' })).find(
    ({ ref, title }) => ref === 'refs/heads/main' && title.startsWith('Keep the basket'),
  );
  const jobs = broken === undefined ? [] : ((await demo.store.run(broken.id))?.jobs ?? []);
  const failed = jobs.find(({ conclusion }) => conclusion === 'failure');
  const pictures = [
    { name: 'home', path: '/', height: 870 },
    { name: 'run', path: `/runs/${matrix?.id}`, height: 910 },
    { name: 'log', path: `/runs/${broken?.id}/jobs/${failed?.id}`, height: 800 },
    { name: 'repository', path: '/repositories/meridian/checkout-web', height: 800 },
    { name: 'queue', path: '/queue', height: 890 },
  ];
  const browser = await startBrowser();
  try {
    for (const { name, path, height } of pictures) {
      const page = await openPage(browser, `${demo.http.url}${path}`, { width: 1280, height });
      await page.locator('.live').waitFor({ timeout: 10_000 });
      if (name === 'repository') await page.locator('.plot canvas').nth(1).waitFor();
      await page.screenshot({ path: join(folder, `${name}.png`) });
      await page.context().close();
    }
  } finally {
    await browser.close();
  }
}
