import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Api } from '../../src/protocol/api.ts';
import type { Facts, Message, Teller } from '../../src/reporter/message.ts';
import { Reporter } from '../../src/reporter/reporter.ts';
import { systemClock } from '../../src/support/clock.ts';
import { createLogger } from '../../src/support/logger.ts';
import { FakeSink } from '../support/reporter.ts';
import { commitOf, newRepository, plannedJob, pushOf } from '../support/store.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWeb, type TestWeb, TOKEN } from '../support/web.ts';

/** Tells of runs that are queued. */
const tellsOfRuns: Teller = {
  name: 'test',
  concerns: ({ type }) => type === 'run.queued',
  async tell({ run }, facts: Facts): Promise<readonly Message[]> {
    const found = await facts.run(run ?? 0);
    return [{ sink: 'test:one', key: `${found?.sha}`, body: { key: `${found?.repository}#${found?.number}` } }];
  },
};

async function push({ store, clock }: TestWeb, n: number): Promise<void> {
  const [known] = await store.repositories();
  const repository = known ?? (await store.addRepository(newRepository(), clock.now()));
  await store.dispatch(pushOf(repository.id, [commitOf(n, [plannedJob()])]), clock.now());
}

function reporterOn(home: string, web: () => TestWeb, sink: FakeSink, tellers = [tellsOfRuns]): Reporter {
  return new Reporter({
    ...{ home, tellers, clock: systemClock, logger: createLogger('silent'), sinks: new Map([['test', sink]]) },
    times: { paceMs: 1, firstWaitMs: 1 },
    api: async () => new Api(web().http.url, TOKEN, { authorizesReads: true }),
  });
}

/** Waits until the server has heard from the reporter. */
async function heard(web: TestWeb) {
  const ask = async () => JSON.parse(String((await web.ask('/api/reporter')).body)).reporter;
  await waitFor('a word of the reporter', async () => (await ask()) !== null);
  return ask();
}

test('a new reporter tells nothing of what was before it, then everything, and after a pause what it missed', async () => {
  await using dir = await tempDir('signalbox-reporter-');
  await using web = await startWeb();
  await push(web, 1);
  const sink = new FakeSink();
  const first = reporterOn(dir.path, () => web, sink);
  await first.start();
  expect(await heard(web)).toMatchObject({
    event: await web.store.lastEvent(),
    sinks: [],
    given_up: [],
    is_silent: false,
  });
  await push(web, 2);
  await waitFor('the second run', () => sink.taken.length === 1);
  await first.stop();
  await push(web, 3);
  await using second = reporterOn(dir.path, () => web, sink);
  await second.start();
  await push(web, 4);
  await waitFor('all later runs', () => sink.taken.length === 3);
  expect(sink.keys).toEqual(['local/app#2', 'local/app#3', 'local/app#4']);
});

test('a rule that is there since a restart is not told of what was over before it', async () => {
  await using dir = await tempDir('signalbox-reporter-');
  await using web = await startWeb();
  await push(web, 1);
  const sink = new FakeSink();
  const seen: number[] = [];
  const concerns = ({ id }: { readonly id: number }) => seen.push(id) < 0;
  const first = reporterOn(dir.path, () => web, sink, [{ ...tellsOfRuns, concerns }]);
  await first.start();
  await heard(web);
  await push(web, 2);
  const last = await web.store.lastEvent();
  await waitFor('the second run to be seen', () => seen.includes(last));
  await first.stop();
  await using second = reporterOn(dir.path, () => web, sink);
  await second.start();
  await push(web, 3);
  await waitFor('the third run', () => sink.taken.length > 0);
  expect(sink.keys).toEqual(['local/app#3']);
});

test('a teller that fails holds up neither its neighbours nor what comes after', async () => {
  await using dir = await tempDir('signalbox-reporter-');
  await using web = await startWeb();
  const sink = new FakeSink();
  const broken: Teller = { name: 'broken', concerns: () => true, tell: () => Promise.reject(new TypeError('a bug')) };
  await using reporter = reporterOn(dir.path, () => web, sink, [broken, tellsOfRuns]);
  await reporter.start();
  await heard(web);
  await push(web, 1);
  await push(web, 2);
  await waitFor('both runs', () => sink.taken.length === 2);
});

test('a server that is away is waited for, and one with another log of events is followed from its end', async () => {
  await using dir = await tempDir('signalbox-reporter-');
  const sink = new FakeSink();
  const old = await startWeb();
  let server = old;
  await using reporter = reporterOn(dir.path, () => server, sink);
  await reporter.start();
  await heard(old);
  await push(old, 1);
  await push(old, 2);
  await waitFor('both runs', () => sink.taken.length === 2);
  await old[Symbol.asyncDispose]();
  await using fresh = await startWeb();
  await push(fresh, 3);
  server = fresh;
  await heard(fresh);
  await push(fresh, 4);
  await waitFor('the run after it', () => sink.taken.length === 3);
  expect(sink.keys.at(-1)).toBe('local/app#2');
});

test('what the reporter says of itself is checked, and needs the token', async () => {
  await using web = await startWeb();
  expect(String((await web.ask('/api/reporter')).body)).toBe('{"reporter":null}');
  expect((await web.ask('/api/reporter', { method: 'POST' })).status).toBe(401);
  expect((await web.change('POST', '/api/reporter', { version: '1' })).status).toBe(400);
});

test('reporter.db is for its owner alone', async () => {
  await using dir = await tempDir('signalbox-reporter-');
  await using web = await startWeb();
  await using reporter = reporterOn(dir.path, () => web, new FakeSink());
  await reporter.start();
  const { stat } = await import('node:fs/promises');
  expect((await stat(join(dir.path, 'reporter.db'))).mode & 0o077).toBe(0);
});
