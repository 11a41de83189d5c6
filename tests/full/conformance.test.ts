import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import * as z from 'zod';
import { repositorySchema } from '../../src/protocol/api-schema.ts';
import { actionsServer } from '../conformance/actions-server.ts';
import { type ConformanceRun, checkCase } from '../conformance/check-case.ts';
import { conformanceRepository } from '../conformance/conformance-repository.ts';
import { type CaseForge, startCaseForge } from '../conformance/forge.ts';
import { type ConformanceCase, casesOfThisMachine, isOfPush } from '../conformance/read-cases.ts';
import { sign } from '../support/observer.ts';
import { linkPathWithout } from '../support/path-without.ts';
import type { TestRepository } from '../support/repository.ts';
import { type ListedRun, listRuns, readRun } from '../support/run-details.ts';
import { clockAheadBy, type Signalbox, startSignalbox } from '../support/signalbox.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const { cases, special, skipped } = casesOfThisMachine();
const pushed = cases.filter(isOfPush);
/** All that one push makes is executed before the first case is looked at, and the machine may be busy. */
const HOOK_MS = 300_000;
const others = cases.filter((one) => !isOfPush(one));

describe('a server comes to the verdict of GitHub', () => {
  const opened: AsyncDisposable[] = [];
  let signalbox: Signalbox;
  /** Runs of the one push, by path. */
  let ofPush: readonly ListedRun[] = [];
  let events: Events;

  beforeAll(async () => {
    const server = await actionsServer();
    signalbox = await startSignalbox({
      runners: 2,
      args: ['--config', await server.config()],
      env: clockAheadBy(60_000 - 15_000 - (Date.now() % 60_000)), // the case of a schedule waits for the next minute
    });
    const repository = await conformanceRepository();
    const other = await conformanceRepository();
    const forge = await startCaseForge();
    opened.push(signalbox, repository, other, server, forge);
    await setValues(signalbox, forge);
    await signalbox.cli('add', repository.path);
    const sha = await repository.addCases(pushed);
    events = await startEvents(signalbox, other, () => other.addCases(others));
    ofPush = await allRuns(signalbox, sha, pushed.length);
  }, HOOK_MS);
  afterAll(async () => {
    for (const one of opened) await one[Symbol.asyncDispose]();
  });

  test.each(pushed.map((one) => [one.name, one] as const))('%s', async (name, one) => {
    checkCase(one, await completed(signalbox, name, async () => ofPush));
  });

  test.each(others.map((one) => [one.name, one] as const))('%s', async (name, one) => {
    const query = await events.happen(one);
    checkCase(one, await completed(signalbox, name, async () => listRuns(await signalbox.api(), query)));
  });

  for (const [name, why] of skipped) test.skip(`${name}: ${why}`, () => {});

  test.each(special.map((one) => [one.name, one] as const))('%s, on a machine of its own', async (name, one) => {
    await using path = await tempDir('signalbox-path-');
    await using server = await actionsServer();
    await using repository = await conformanceRepository();
    if (one.onlyWithoutEngine) linkPathWithout(['docker', 'podman'], path.path);
    const env = one.onlyWithoutEngine ? { PATH: path.path } : {};
    await using own = await startSignalbox({ env, args: ['--config', await server.config(one.config, one.settings)] });
    await own.cli('add', repository.path);
    const sha = await repository.addCases([one]);
    const runs = await allRuns(own, sha, 1);
    checkCase(one, await completed(own, name, async () => runs));
  });
});

/** Secrets and variables of all cases. */
async function setValues(signalbox: Signalbox, forge: CaseForge): Promise<void> {
  const file = join(signalbox.home, 'value');
  for (const [name, value] of cases.flatMap((one) => Object.entries(one.secrets))) {
    await writeFile(file, value);
    await signalbox.cli('secrets', 'set', name, '--from-file', file);
  }
  for (const [name, value] of cases.flatMap((one) => Object.entries(forge.fill(one.vars))))
    await signalbox.cli('variables', 'set', name, value);
}

/** The newest run of a case, when it is over. */
async function completed(
  signalbox: Signalbox,
  name: string,
  list: () => Promise<readonly ListedRun[]>,
): Promise<ConformanceRun> {
  let found: ListedRun | undefined;
  const isOver = async () => {
    found = (await list()).find(({ path }) => path === `.github/workflows/${name}.yml`);
    return found?.status === 'completed';
  };
  await waitFor(`the run of ${name}.yml`, isOver, undefined, 120_000);
  return readRun(await signalbox.api(), found?.id ?? 0);
}

/** What makes the events of cases that are no push of a branch. */
interface Events {
  /** Lets the event of a case happen; which runs to look among. */
  happen(one: ConformanceCase): Promise<string>;
}

async function startEvents(
  signalbox: Signalbox,
  repository: TestRepository,
  addCases: () => Promise<string>,
): Promise<Events> {
  const sha = await addCases();
  const added = await signalbox.cli('add', repository.path, '--name', 'local/events', '--json');
  const { secret = '' } = repositorySchema.parse(JSON.parse(added.stdout));
  const api = await signalbox.api();
  const door = '/api/repositories/local%2Fevents';
  // what follows from the files of the default branch is known once its schedules are
  const schedules = others.filter(({ event }) => event === 'schedule').length;
  const isKnown = async () => (await api.get(door, repositorySchema)).schedules?.length === schedules;
  await waitFor('the schedules of the default branch', isKnown);
  const dispatch = (body: object) => api.post(`${door}/dispatches`, body, z.unknown());
  const deliver = async (event: string, payload: object) => {
    const body = JSON.stringify(payload);
    const headers = {
      ...{ 'content-type': 'application/json', 'x-github-event': event, 'x-github-delivery': randomUUID() },
      'x-hub-signature-256': await sign(body, secret),
    };
    await fetch(`${signalbox.url}/webhooks`, { method: 'POST', body, headers });
  };
  const happen = async ({ name, event, ref, message, inputs, payload = {} }: ConformanceCase): Promise<void> => {
    if (message !== undefined) await repository.commit(message);
    else if (ref.startsWith('refs/tags/')) await repository.git('tag', '-f', ref.slice(10), sha);
    else if (event === 'workflow_dispatch') await dispatch({ workflow: `${name}.yml`, inputs });
    else if (event === 'repository_dispatch')
      await dispatch({ event_type: payload.action, client_payload: payload.client_payload });
    else if (event.startsWith('pull_request')) await deliver('pull_request', pullRequest(payload, sha));
    // a schedule comes with its minute, and a workflow that follows another one with that
  };
  return {
    happen: async (one) => {
      await happen(one);
      return `repository=${encodeURIComponent('local/events')}&ref=${encodeURIComponent(refOf(one))}`;
    },
  };
}

/** The door makes both events of one payload: `pull_request` on the merge, `pull_request_target` on the base. */
function refOf({ event, ref, payload }: ConformanceCase): string {
  return event === 'pull_request' ? `refs/pull/${payload?.number}/merge` : ref;
}

/** The payload of a case, of a branch of the repository itself at a commit that is there. */
function pullRequest(payload: Readonly<Record<string, unknown>>, sha: string): object {
  const { pull_request: given } = payload as { pull_request: Record<'head' | 'base', { ref: string }> };
  const side = ({ ref }: { ref: string }) => ({ ref, sha, repo: { full_name: 'local/events' } });
  const pull = { ...given, title: 'A change', head: side(given.head), base: side(given.base) };
  const repository = { full_name: 'local/events' };
  return { ...payload, repository, sender: { login: 'ada' }, pull_request: pull };
}

/** Every run of a commit, when all of them are over. */
async function allRuns(signalbox: Signalbox, sha: string, count: number): Promise<readonly ListedRun[]> {
  const api = await signalbox.api();
  for await (const { data } of api.events('/api/events?after=0', null)) {
    if (!data.includes('run.completed')) continue;
    const listed = await listRuns(api, `sha=${sha}`);
    if (listed.length >= count && listed.every(({ status }) => status === 'completed')) return listed;
  }
  throw new Error('the events have ended');
}
