import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Conclusion } from '../../src/model/conclusion.ts';
import { commitOf, newRepository, pushOf, resultOf, shaOf } from '../support/store.ts';
import { startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let name: string;
beforeEach(async () => {
  web = await startWeb();
  ({ name } = await web.store.addRepository(newRepository(), web.clock.now()));
});
afterEach(() => web[Symbol.asyncDispose]());

/** A run of the newest commit that ended like this; null: it is still waiting. */
async function runOf(n: number, conclusion: Conclusion | null, title = 'A commit'): Promise<void> {
  const { store, clock } = web;
  await store.dispatch(pushOf(1, [{ ...commitOf(n), title }]), clock.now());
  if (conclusion === null) return;
  const [claimed] = await store.claim({ runner: 'one', labels: [], leaseMs: 1_000, now: clock.now() }, 1);
  await store.finish(resultOf(claimed!.job, 1, { conclusion }), clock.now());
}

const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' });

describe('a badge', () => {
  test.each([
    [null, 'no verdict'],
    ['success', 'passing'],
    ['failure', 'failing'],
    ['error', 'could not be tested'],
  ] as const)('of a branch whose newest run is %s says "%s"', async (conclusion, words) => {
    if (conclusion !== null) await runOf(1, conclusion);
    const answer = await web.ask(`/badges/${name}.svg?branch=main`);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('image/svg+xml; charset=utf-8');
    expect(answer.text).toContain(words);
  });

  test('takes the name of a repository as it is and encoded', async () => {
    const plain = await web.ask(`/badges/${name}.svg`);
    expect((await web.ask(`/badges/${encodeURIComponent(name)}.svg`)).text).toBe(plain.text);
  });

  test('is for pages of this server alone, unless the configuration says that badges are public', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.7' };
    const asked = async (of: TestWeb, path: string) => {
      const { status, headers: said } = await of.ask(path, { headers });
      return [status, said['cross-origin-resource-policy']];
    };
    expect(await asked(web, `/badges/${name}.svg`)).toEqual([401, 'same-origin']);
    await using open = await startWeb({ config: { publicBadges: true } });
    await open.store.addRepository(newRepository(name), open.clock.now());
    expect(await asked(open, `/badges/${name}.svg`)).toEqual([200, 'cross-origin']);
    expect(await asked(open, '/badges/../api/repositories')).toEqual([404, 'same-origin']);
    expect(await asked(open, '/api/repositories')).toEqual([401, 'same-origin']);
  });

  test.each(['/badges/nobody/nothing.svg', '/badges/x'])('that is not there is a 404: %s', async (path) => {
    expect((await web.ask(path)).status).toBe(404);
  });

  test('escapes what its address says', async () => {
    await runOf(1, 'success');
    const answer = await web.ask(`/badges/${name}.svg?branch=${encodeURIComponent('<script>x</script>')}`);
    expect(answer.text).not.toContain('<script>x');
  });
});

describe('the feed for build lights', () => {
  test('names each workflow of the main branch with its last verdict, and says whether it builds', async () => {
    await runOf(1, 'failure');
    await runOf(2, null);
    const { text } = await web.ask('/cctray.xml');
    const { Project } = parser.parse(text).Projects;
    expect(Project).toMatchObject({ activity: 'Building', lastBuildStatus: 'Failure', lastBuildLabel: '1' });
    expect(Project.name).toContain(name);
  });

  test('is an empty list where there is no verdict yet', async () => {
    const { status, text } = await web.ask('/cctray.xml');
    expect(status).toBe(200);
    expect(parser.parse(text)).toHaveProperty('Projects');
  });
});

describe('the Atom feed', () => {
  test('has an entry for each run that is over, the newest first, with titles of strangers escaped', async () => {
    await runOf(1, 'success', 'Mend <b>it</b> & more');
    await runOf(2, 'failure', 'Break it');
    await runOf(3, null);
    const { text } = await web.ask(`/feed.atom?repository=${encodeURIComponent(name)}`);
    const { entry } = parser.parse(text).feed;
    expect(entry).toHaveLength(2);
    expect(entry[0].title['#text'] ?? entry[0].title).toContain('failed: Break it');
    expect(entry[1].title).toMatchObject({ type: 'html' });
    expect(text).toContain('Mend &lt;b&gt;it&lt;/b&gt; &amp; more');
    expect(text).not.toContain('<b>');
  });

  test('is well-formed whatever a title holds', async () => {
    await runOf(1, 'success', 'a ]]> b \u0001 \u202e c');
    const { text } = await web.ask('/feed.atom');
    expect(XMLValidator.validate(text)).toBe(true);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what XML has no way to hold
    expect(text).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
    expect(text).not.toContain(']]> b');
  });

  test.each(['/feed.atom', '/cctray.xml'])('%s of a repository that nobody knows is a 404', async (path) => {
    expect((await web.ask(`${path}?repository=no%2Fbody`)).status).toBe(404);
  });

  test('of a repository leads to the page of that repository', async () => {
    const { text } = await web.ask(`/feed.atom?repository=${encodeURIComponent(name)}`);
    const links: { rel: string; href: string }[] = parser.parse(text).feed.link;
    const { pathname, search } = new URL(links.find(({ rel }) => rel === 'alternate')!.href);
    expect((await web.ask(`${pathname}${search}`)).status).toBe(200);
  });
});

test('a branch that is not the default one speaks for the repository neither in badges nor to build lights', async () => {
  const { clock } = web;
  await using other = await startWeb({ operations: { defaultBranchOf: () => 'refs/heads/develop' } });
  const { id } = await other.store.addRepository(newRepository(), clock.now());
  const runOn = async (n: number, ref: string, conclusion: Conclusion) => {
    await other.store.dispatch(pushOf(id, [commitOf(n)], { ref }), clock.now());
    const [claimed] = await other.store.claim({ runner: 'one', labels: [], leaseMs: 1_000, now: clock.now() }, 1);
    await other.store.finish(resultOf(claimed!.job, 1, { conclusion }), clock.now());
  };
  const told = async () => [
    /aria-label="([^"]*)"/.exec((await other.ask(`/badges/${name}.svg`)).text)?.[1],
    parser.parse((await other.ask('/cctray.xml')).text).Projects.Project?.lastBuildStatus,
  ];
  await runOn(1, 'refs/heads/topic', 'failure');
  expect(await told()).toEqual(['signalbox: no verdict', undefined]);
  await runOn(2, 'refs/heads/develop', 'success');
  await runOn(3, 'refs/heads/main', 'failure');
  expect(await told()).toEqual(['signalbox: passing', 'Success']);
});

test('a workflow whose file is gone, and a commit that was taken away, speak for the branch no more', async () => {
  const { clock } = web;
  let line: string[] = [];
  const main = 'refs/heads/main';
  await using other = await startWeb({ operations: { defaultBranchOf: () => main, lineOf: async () => line } });
  const { id } = await other.store.addRepository(newRepository(), clock.now());
  const push = async (n: number, workflow: string) => {
    const commit = commitOf(n);
    const moved = { before: line.at(-1) ?? '', after: shaOf(n) };
    await other.store.dispatch(pushOf(id, [{ ...commit, plan: { ...commit.plan, workflow } }], moved), clock.now());
  };
  const runOf = async (n: number, workflow: string, conclusion: Conclusion) => {
    await push(n, workflow);
    const [claimed] = await other.store.claim({ runner: 'one', labels: [], leaseMs: 1_000, now: clock.now() }, 1);
    await other.store.finish(resultOf(claimed!.job, 1, { conclusion }), clock.now());
  };
  const told = async () => [
    [parser.parse((await other.ask('/cctray.xml')).text).Projects.Project].flat().map((one) => one.lastBuildStatus),
    (JSON.parse((await other.ask('/api/home')).text) as { repositories: { branches: { state: string }[] }[] })
      .repositories[0]?.branches[0]?.state,
  ];
  await runOf(1, 'a', 'success');
  await runOf(1, 'b', 'failure');
  line = [shaOf(1)];
  expect(await told()).toEqual([['Success', 'Failure'], 'failure']);
  await runOf(2, 'a', 'success');
  line = [shaOf(1), shaOf(2)];
  expect(await told()).toEqual([['Success'], 'success']);
  await runOf(3, 'a', 'failure');
  line = [shaOf(1), shaOf(2), shaOf(3)];
  expect(await told()).toEqual([['Failure'], 'failure']);
  await push(2, 'a');
  line = [shaOf(1), shaOf(2)];
  expect(await told()).toEqual([['Success'], 'success']);
});
