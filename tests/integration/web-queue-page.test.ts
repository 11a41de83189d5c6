import { afterEach, beforeEach, expect, test } from 'vitest';
import { commitOf, newRepository, plannedJob, pushOf, resultOf } from '../support/store.ts';
import { runnerStatus, startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
beforeEach(async () => {
  web = await startWeb();
});
afterEach(() => web[Symbol.asyncDispose]());

const page = async (path: string) => {
  const answer = await web.ask(path, { headers: { accept: 'text/html,*/*' } });
  const shown = answer.text.replace(/<script type="application\/json".*?<\/script>/s, '');
  return { ...answer, words: shown.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ') };
};

async function push(n: number, names: readonly string[], labels: readonly string[] = []) {
  const known = (await web.store.repositories())[0];
  const { id } = known ?? (await web.store.addRepository(newRepository(), web.clock.now()));
  const jobs = names.map((name) => plannedJob(name, { labels }));
  const [run = 0] = await web.store.dispatch(pushOf(id, [commitOf(n, jobs)]), web.clock.now());
  return run;
}

async function claim(count = 1) {
  const claimed = await web.store.claim({ runner: 'one', labels: [], leaseMs: 600_000, now: web.clock.now() }, count);
  for (const { job } of claimed) await web.store.started(job, 1, web.clock.now());
  return claimed.map(({ job }) => job);
}

test('the queue tells when a job is expected to begin, and after which run', async () => {
  await push(1, ['unit']);
  const [passed = 0] = await claim();
  const startedAt = web.clock.now();
  web.clock.advance(60_000);
  const times = { startedAt, completedAt: web.clock.now() };
  await web.store.finish(resultOf(passed, 1, { conclusion: 'success', ...times }), web.clock.now());
  const running = await push(2, ['unit']);
  const [job = 0] = await claim();
  web.clock.advance(20_000);
  await push(3, ['unit']);
  const since = new Date(web.clock.now().getTime() - 20_000);
  const executions = [{ job, execution: 1, since }];
  web.runners.push(runnerStatus('one', { slots: 1, state: 'busy', executions }));
  const { text, words } = await page('/queue');
  expect(words).toContain('1 job waits for 0 s');
  expect(words).toContain('starts in about 40 s');
  expect(words).toMatch(/First one free: one, when \S+ #2 ends/);
  expect(text).toContain(`href="/runs/${running}"`);
  expect(words).toContain('ran 1 job in 24 h');
  expect(words).toContain('In 24 h: half of all jobs waited ');
});

test('what a person can change comes with what changes it', async () => {
  await push(1, ['build'], ['macos-15']);
  expect((await page('/queue')).text).toContain('aria-label="Copy: signalbox runner --labels macos-15"');
  web.runners.push(runnerStatus('one', { labels: ['linux'] }));
  const { words } = await page('/queue');
  expect(words).toContain('No runner has the label macos-15');
  expect(words).toContain('waits until such a runner comes');
});

test('four and more jobs of one run that wait for the same are one row, which names them', async () => {
  web.runners.push(runnerStatus('one'));
  await push(1, ['a', 'b', 'c']);
  expect((await page('/queue')).words).not.toContain('more job');
  await push(2, ['e', 'f', 'g', 'h']);
  const { words } = await page('/queue');
  expect(words).toMatch(/#2, e .*and 3 more jobs that wait for the same f g h/);
});

test('a runner that drains says when it leaves and how to have it back', async () => {
  web.runners.push(runnerStatus('old', { state: 'draining' }), runnerStatus('one'));
  web.runners.push(runnerStatus('kept', { state: 'draining', canResume: true }));
  const { words, text } = await page('/runners');
  expect(words).toContain('Draining; nothing runs, it can be stopped. To have it back start it again:');
  expect(text).not.toContain('aria-label="Drain old"');
  expect(text).toContain('aria-label="Drain one"');
  expect(text).toContain('aria-label="Resume kept"');
  expect(text).not.toContain('aria-label="Resume old"');
  expect(words.match(/start it again/g)).toHaveLength(1);
});
