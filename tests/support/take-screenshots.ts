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
