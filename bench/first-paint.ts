import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { hasBrowser, NO_BROWSER, startBrowser } from '../tests/support/browser.ts';
import { median, print } from './report.ts';
import { git, makeRepository } from './repository.ts';
import { followEvents, type Places, type Server, scratch, startServer } from './server.ts';

/** Each page is opened so often, by a browser that has nothing of it. */
const ROUNDS = 7;
const TEST =
  '#!/bin/sh\nfor i in $(seq 2000); do echo "line $i of what a test prints"; done\necho \'Error: it broke\'\nexit 1\n';

/** Until a browser shows something of a page, on the same machine; the first one after a start apart. */
export async function benchFirstPaint(places: Places): Promise<void> {
  if (!hasBrowser) return console.log(`  not measured: ${NO_BROWSER}`);
  const folder = await scratch();
  const browser = await startBrowser();
  try {
    const bare = await paintOfBareServer(browser);
    const empty = await startServer(places);
    const first = await paintOf(browser, `${empty.http}/`);
    await empty.stop();
    print({
      name: 'first paint of the home page, the first one after a start',
      value: first,
      unit: 'ms',
      bound: { atMost: 300 },
      note: `before it, as the first page of this browser, a line from a bare Node server: ${bare.toFixed(0)} ms`,
    });
    await measurePages(places, browser, folder);
  } finally {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The first page that a browser loads waits for parts of the browser: that is not what is looked for. */
async function paintOfBareServer(browser: Browser): Promise<number> {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<p>nothing</p>'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await paintOf(browser, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

async function measurePages(places: Places, browser: Browser, folder: string): Promise<void> {
  const server = await startServer(places, ['--runners', '1']);
  try {
    const { run, job } = await failingRun(server, join(folder, 'app'));
    const bare = await many(browser, 'data:text/html,<p>nothing</p>');
    const pages = { home: '/', run: `/runs/${run}`, log: `/runs/${run}/jobs/${job}` };
    for (const [name, path] of Object.entries(pages)) {
      const times = await many(browser, server.http + path);
      const note = `median ${median(times).toFixed(0)} ms of ${ROUNDS}, each with an empty cache; a page without anything: ${median(bare).toFixed(0)} ms`;
      print({
        name: `first paint of the ${name} page, worst`,
        value: Math.max(...times),
        unit: 'ms',
        bound: { atMost: 300 },
        note,
      });
    }
  } finally {
    await server.stop();
  }
}

async function failingRun(server: Server, path: string): Promise<{ run: number; job: number }> {
  await makeRepository(path, { 'ci.sh': TEST });
  await server.cli('install-hook', path);
  let run = 0;
  const over = followEvents(server, (event) => {
    if (event.type === 'run.completed') run = event.run;
    return run > 0;
  });
  await git(path, 'commit', '-q', '--allow-empty', '-m', 'break it');
  await over;
  const { jobs } = await server.get(`/api/runs/${run}`);
  return { run, job: jobs[0].id };
}

async function many(browser: Browser, url: string): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) times.push(await paintOf(browser, url));
  return times;
}

/** From the beginning of the navigation to the first text or picture, in milliseconds. */
async function paintOf(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    await page.goto(url, { waitUntil: 'load' });
    return await page.evaluate(async () => {
      for (;;) {
        const [paint] = performance.getEntriesByName('first-contentful-paint');
        if (paint !== undefined) return paint.startTime;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    });
  } finally {
    await context.close();
  }
}
