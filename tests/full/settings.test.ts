/** Each button of Settings and Deliveries, pressed in a real browser, at the program as it is started by a person. */
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser, NO_BROWSER, openPage, startBrowser } from '../support/browser.ts';
import { createRepository, type TestRepository } from '../support/repository.ts';
import { type Signalbox, startSignalbox } from '../support/signalbox.ts';
import { startSmtp, type TestSmtp } from '../support/smtp.ts';
import { tempDir } from '../support/temp.ts';

describe.skipIf(!hasBrowser)(hasBrowser ? 'in a browser, with the whole program' : NO_BROWSER, () => {
  let smtp: TestSmtp;
  let folder: Awaited<ReturnType<typeof tempDir>>;
  let signalbox: Signalbox;
  let browser: Browser;
  let repository: TestRepository;
  let other: TestRepository;
  let page: Page;

  beforeAll(async () => {
    smtp = await startSmtp();
    folder = await tempDir('signalbox-settings-');
    const config = join(folder.path, 'signalbox.yml');
    await mkdir(folder.path, { recursive: true });
    await appendFile(
      config,
      `mail: { smtp: "${smtp.url}", from: ci@example.org }\ndefaults: { notify: [{ mail: ada@example.org, quiet: { from: "22:00", to: "07:00", timezone: UTC } }] }\n`,
    );
    signalbox = await startSignalbox({ args: ['--config', config] });
    browser = await startBrowser();
    repository = await createRepository({ 'ci.sh': '#!/bin/sh\ntrue\n' }, 'pages');
    other = await createRepository({ 'ci.sh': '#!/bin/sh\ntrue\n' }, 'other');
    await signalbox.cli('add', repository.path, '--name', 'acme/pages');
    await signalbox.cli('install-hook', repository.path);
    const { stdout } = await signalbox.cli('open', '--json');
    page = await openPage(browser, JSON.parse(stdout).url);
  });
  afterAll(async () => {
    await browser?.close();
    await signalbox?.[Symbol.asyncDispose]();
    await repository?.[Symbol.asyncDispose]();
    await other?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
    await smtp?.[Symbol.asyncDispose]();
  });

  const open = async (path: string) => {
    await page.goto(`${signalbox.url}${path}`);
    await page.getByText('Live', { exact: true }).waitFor();
  };
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  const row = (text: string) => page.locator('.settings-rows li', { hasText: text });

  test('a repository is added by its folder; how it is tested stands there; a wrong one is refused in words', async () => {
    await open('/settings');
    await page.getByLabel('Folder on the server’s machine, or URL').fill('/nowhere/at/all');
    await press('Add repository');
    await page.getByRole('alert').filter({ hasText: '/nowhere/at/all' }).waitFor();
    await page.getByLabel('Folder on the server’s machine, or URL').fill(other.path);
    await page.getByLabel('Name; empty: made from the source').fill('acme/other');
    await press('Add repository');
    await row('acme/other').waitFor();
    await row('acme/other').getByText('How it is tested').click();
    await row('acme/other').getByText('each commit of a push, 250 at most').waitFor();
    await row('acme/other').getByText('runs 400 days, logs 90 days, test reports 180 days').waitFor();
  });

  test('the secret of a webhook is shown and hidden, and a test of it is taken', async () => {
    await open('/settings?section=webhooks');
    await press('Show secret of acme/pages');
    await row('acme/pages').locator('code').waitFor();
    await press('Hide secret');
    await row('acme/pages').locator('code').waitFor({ state: 'detached' });
    await press('Test the webhook of acme/pages');
    await page.getByText(/The door takes what is signed with this secret/).waitFor();
  });

  test('a push that its hook told of stands beside its repository, and is taken again', async () => {
    await open('/settings?section=webhooks');
    await repository.commit('Say something');
    await row('acme/pages')
      .getByText(/no webhook yet; the last push was told by hook .*, 202, processed/)
      .waitFor();
    await row('acme/pages').getByRole('link').click();
    await page.getByRole('heading', { name: 'Payload' }).waitFor();
    await press('Redeliver');
    await page.getByText('Taken again; what becomes of it is told here').waitFor();
    await page
      .getByText(/^started nothing|^processed/)
      .first()
      .waitFor();
  });

  test('secrets and variables are set and removed, and their values do not come back', async () => {
    await open('/settings?section=secrets');
    await page.locator('#secrets-name').fill('DEPLOY_KEY');
    await page.locator('#secrets-value').fill('very-secret');
    await page.locator('#secrets-of').selectOption('acme/pages');
    await press('Set secret');
    await page.getByText('DEPLOY_KEY is set').waitFor();
    await row('DEPLOY_KEY').getByText('acme/pages').waitFor();
    await page.locator('#variables-name').fill('REGION');
    await page.locator('#variables-value').fill('eu-1');
    await press('Set variable');
    await row('REGION').getByText('all repositories: eu-1').waitFor();
    expect(await page.content()).not.toContain('very-secret');
    for (const name of ['DEPLOY_KEY', 'REGION']) {
      await press(`Remove ${name}`);
      await press('Keep');
      await press(`Remove ${name}`);
      await press('Remove');
      await row(name).waitFor({ state: 'detached' });
    }
  });

  test('a secret of several lines is sent as it was pasted', async () => {
    await open('/settings?section=secrets');
    const value = '-----BEGIN KEY-----\nAAA\nBBB\n-----END KEY-----\n';
    await page.locator('#secrets-name').fill('SIGNING_KEY');
    await page.locator('#secrets-value').fill(value);
    const [sent] = await Promise.all([page.waitForRequest('**/api/secrets'), press('Set secret')]);
    expect(sent.postDataJSON()).toEqual({ name: 'SIGNING_KEY', value });
    await page.getByText('SIGNING_KEY is set').waitFor();
  });

  test('a name that cannot be is refused as an error, at its field', async () => {
    await open('/settings?section=secrets');
    await page.locator('#secrets-name').fill('bad name!');
    await page.locator('#secrets-value').fill('x');
    await press('Set secret');
    await page.getByRole('alert').filter({ hasText: 'A name has only letters' }).waitFor();
    expect(await page.locator('[aria-invalid="true"]').getAttribute('id')).toBe('secrets-name');
  });

  test('what was typed is repeated in a refusal as it was typed', async () => {
    await open('/settings');
    await page.getByLabel('Folder on the server’s machine, or URL').fill('not a path');
    await press('Add repository');
    await page
      .getByRole('alert')
      .filter({ hasText: /not a path cannot be used/ })
      .waitFor();
  });

  test('rules are told with their quiet hours and how much they send, a mail is looked at, and a test of it arrives', async () => {
    await open('/settings?section=notifications');
    await row('acme/pages')
      .getByText(/mail ada@example\.org: on broken, .*; quiet 22:00 to 07:00 UTC; at most 60 an hour/)
      .waitFor();
    await press('Send a test for acme/pages');
    await row('acme/pages').getByText('mail ada@example.org: sent').waitFor();
    expect(smtp.mails.map(({ mail }) => mail.subject)).toEqual(['Test: [acme/pages] main is broken: 1 test failed']);
    await press('Show a preview');
    await page
      .frameLocator('iframe')
      .getByText(/main of local\/sample is broken/)
      .first()
      .waitFor();
    await page.getByLabel('Occasion').selectOption('fixed');
    await page
      .frameLocator('iframe')
      .getByText(/green again/)
      .first()
      .waitFor();
    await page.getByLabel('Shape').selectOption('discord');
    await page
      .getByRole('region', { name: 'Preview' })
      .getByText(/"embeds"/)
      .waitFor();
    await page.getByLabel('Repository', { exact: true }).selectOption('acme/pages');
    await page
      .getByRole('region', { name: 'Preview' })
      .getByText(/acme\/pages/)
      .waitFor();
    await press('Hide the preview');
  });

  test('a name is kept in the browser, and sent with what is pressed', async () => {
    await open('/settings?section=browser');
    await page.getByLabel(/^Your name/).fill('Ada Bergström');
    await page.getByLabel('Dark').check();
    await page.getByLabel(/^Single keys/).uncheck();
    const run = await signalbox.waitForRun(await repository.commit('Try it again'));
    await open(`/runs/${run.id}`);
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
    await press('Rerun all');
    await page.getByText(/asked for by Ada Bergström/).waitFor();
  });

  test('a part of a page that cannot be had says so in its place, and is had when it is tried again', async () => {
    await page.route('**/api/notifications', (route) => route.abort());
    await open('/settings?section=notifications');
    await page.getByText('The server did not answer; it may be stopped, try again').waitFor();
    await page.getByRole('heading', { name: 'GitHub App' }).waitFor();
    await page.unroute('**/api/notifications');
    await press('Try again');
    await row('acme/pages').waitFor();
  });

  test('a repository is removed after a question, and its runs stay', async () => {
    await signalbox.waitForRun(await repository.commit('Stay'));
    await open('/settings');
    await press('Remove acme/pages');
    await press('Remove');
    await row('acme/pages').waitFor({ state: 'detached' });
    await page.goto(`${signalbox.url}/runs`);
    await page.getByText('Stay').first().waitFor();
  });
});
