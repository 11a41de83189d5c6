import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import * as z from 'zod';
import type { Api } from '../../src/protocol/api.ts';
import { type ApiRunDetail, repositorySchema, runSchema } from '../../src/protocol/api-schema.ts';
import { sign } from '../support/observer.ts';
import { createRepository, type TestRepository } from '../support/repository.ts';
import { listRuns, readRun } from '../support/run-details.ts';
import type { Signalbox } from '../support/signalbox.ts';
import { waitFor } from '../support/wait-for.ts';
import { type ActionsServer, SHA_OF_HELLO } from './actions-server.ts';
import type { ConformanceCase } from './read-cases.ts';
import type { CaseStep, CaseSteps, ExpectedOfRun } from './read-steps.ts';

const DEADLINE_MS = 60_000;

/** A repository on a server, and a clone in which commits are made before they are pushed to it. */
interface Scene {
  readonly signalbox: Signalbox;
  readonly one: ConformanceCase;
  /** What the server watches; no branch is checked out there. */
  readonly origin: TestRepository;
  readonly clone: TestRepository;
  /** `local/NAME`. */
  readonly repository: string;
  /** Of its webhook. */
  readonly secret: string;
}

/** Lets the steps of a case happen in a repository of its own, and waits after each for what has to come of it. */
export async function runSteps(
  signalbox: Signalbox,
  actions: ActionsServer,
  one: ConformanceCase & { steps: CaseSteps },
): Promise<void> {
  await using origin = await createRepository({ README: one.what }, one.name);
  await using clone = await createRepository({}, 'clone');
  await origin.git('checkout', '-q', '--detach'); // so that its main can be pushed to
  await clone.git('remote', 'add', 'origin', origin.path);
  await clone.git('pull', '-q', 'origin', 'main');
  const repository = `local/${one.name}`;
  const added = await signalbox.cli('add', origin.path, '--name', repository, '--json');
  const { secret = '' } = repositorySchema.parse(JSON.parse(added.stdout));
  await setSecrets(signalbox, repository, one.steps);
  await setVariables(signalbox, repository, one.steps);
  const scene: Scene = { signalbox, one, origin, clone, repository, secret };
  for (const [index, step] of one.steps.steps.entries()) {
    const text = one.text.replaceAll(SHA_OF_HELLO, actions.shaOfHello);
    if (index === 0) await clone.write({ [`.github/workflows/${one.name}.yml`]: text });
    if (step.actions === 'away') await actions.goAway();
    await happen(scene, step);
    await comeTrue(scene, step, `step ${index + 1} of ${one.name}`);
    if (step.not_on_disk !== undefined) expect(await filesWith(signalbox.home, step.not_on_disk)).toEqual([]);
  }
  const last = (await runsOf(scene)).at(-1);
  expect(last?.conclusion).toBe(one.expect);
  await signalbox.cli('remove', repository);
}

async function setSecrets(signalbox: Signalbox, repository: string, steps: CaseSteps): Promise<void> {
  const file = join(signalbox.home, 'value');
  const set = async (values: Readonly<Record<string, string>>, ...where: readonly string[]) => {
    for (const [name, value] of Object.entries(values)) {
      await writeFile(file, value);
      await done(signalbox, 'secrets', 'set', name, '--from-file', file, '--repository', repository, ...where);
      await rm(file);
    }
  };
  await set(steps.secrets);
  for (const [name, values] of Object.entries(steps.environments)) await set(values, '--environment', name);
}

async function setVariables(signalbox: Signalbox, repository: string, steps: CaseSteps): Promise<void> {
  const set = async (values: Readonly<Record<string, string>>, ...where: readonly string[]) => {
    for (const [name, value] of Object.entries(values))
      await done(signalbox, 'variables', 'set', name, value, '--repository', repository, ...where);
  };
  await set(steps.variables);
  for (const [name, values] of Object.entries(steps.environment_variables)) await set(values, '--environment', name);
}

async function done(signalbox: Signalbox, ...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await signalbox.cli(...args);
  if (exitCode !== 0) throw new Error(`signalbox ${args.join(' ')} ended with ${exitCode}: ${stderr}`);
  return stdout;
}

async function happen(scene: Scene, step: CaseStep): Promise<void> {
  const { signalbox } = scene;
  if (step.run_here !== undefined) await runHere(scene, step.run_here);
  if (step.restart !== undefined) await restart(signalbox, step.restart.minute);
  if (step.push !== undefined) await push(scene, step);
  if (step.pull_request !== undefined) await pullRequest(scene, step.pull_request);
  if (step.dispatch !== undefined) await dispatch(scene, step.dispatch);
  if (step.signalbox !== undefined) {
    const newest = (await runsOf(scene)).at(-1)?.id;
    const said = await done(signalbox, ...step.signalbox.split(' ').map((arg) => (arg === 'RUN' ? `${newest}` : arg)));
    expect(said).toContain(step.says ?? '');
  }
  if (step.kill === 'runner') for (const pid of await signalbox.runnerPids()) process.kill(pid, 'SIGKILL');
}

async function push({ clone }: Scene, { push: commits = [], to }: CaseStep): Promise<void> {
  for (const { message, files, remove, amend, before } of commits) {
    for (const path of remove) await rm(join(clone.path, path));
    if (before) await rebaseOnto(clone, message);
    else if (!amend) await clone.commit(message, files);
    else {
      await clone.write(files);
      await clone.git('add', '-A');
      await clone.git('commit', '-q', '--amend', '-m', message);
    }
  }
  await clone.git('push', '-q', '--force', 'origin', `HEAD:${to}`);
}

async function rebaseOnto(clone: TestRepository, message: string): Promise<void> {
  await clone.git('checkout', '-q', '-b', 'before', 'HEAD~1');
  await clone.git('commit', '-q', '--allow-empty', '-m', message);
  await clone.git('rebase', '-q', 'before', 'main');
  await clone.git('branch', '-q', '-D', 'before');
}

async function runHere({ signalbox, origin }: Scene, given: NonNullable<CaseStep['run_here']>): Promise<void> {
  await origin.git('checkout', '-q', '--detach', 'main');
  await origin.write(given.files);
  const { exitCode, stderr, stdout } = await signalbox.cli('run', origin.path);
  expect(exitCode, stderr + stdout).toBe(given.conclusion === 'success' ? 0 : 1);
  await origin.git('checkout', '-q', '--force', '--detach', 'main');
  await origin.git('clean', '-qfd');
}

async function restart(signalbox: Signalbox, minute: number): Promise<void> {
  signalbox.up.kill('SIGTERM');
  await signalbox.up.exited;
  await signalbox.restartAhead(msToMinute(minute));
}

/** From now to that minute of the next hour. */
function msToMinute(minute: number): number {
  const hourMs = 3_600_000;
  return hourMs - (Date.now() % hourMs) + minute * 60_000;
}

async function dispatch(
  { signalbox, one, repository }: Scene,
  { inputs, refused }: NonNullable<CaseStep['dispatch']>,
): Promise<void> {
  const door = `/api/repositories/${encodeURIComponent(repository)}/dispatches`;
  const asked = (await signalbox.api()).post(door, { workflow: `${one.name}.yml`, inputs }, z.unknown());
  if (refused === undefined) await asked;
  else await expect(asked).rejects.toThrow(refused);
}

async function pullRequest(scene: Scene, given: NonNullable<CaseStep['pull_request']>): Promise<void> {
  const { signalbox, clone, repository, secret } = scene;
  const { action, number, from = repository } = given;
  const sha = await clone.git('rev-parse', 'HEAD');
  const side = (ref: string, name: string, at: string) => {
    return { ref, sha: at, repo: { full_name: name, fork: name !== repository } };
  };
  const base = side('main', repository, await clone.git('rev-parse', 'origin/main'));
  const pull = { number, title: `Change ${number}`, head: side('topic', from, sha), base };
  const body = JSON.stringify({
    ...{ action, number, pull_request: pull, repository: { full_name: repository }, sender: { login: 'eve' } },
  });
  const headers = {
    ...{ 'content-type': 'application/json', 'x-github-event': 'pull_request', 'x-github-delivery': randomUUID() },
    'x-hub-signature-256': await sign(body, secret),
  };
  const answer = await fetch(`${signalbox.url}/webhooks`, { method: 'POST', body, headers });
  expect(answer.status).toBe(202);
}

/** Paths of the files below a folder that have a text in them. */
async function filesWith(folder: string, text: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const has = async (file: string) => (await readFile(file).catch(() => Buffer.alloc(0))).includes(text);
  const answers = await Promise.all(files.map(has));
  return files.filter((_, index) => answers[index]);
}

/** The runs of the file, the oldest first. */
async function runsOf(scene: Scene, file = `${scene.one.name}.yml`) {
  const runs = await listRuns(await scene.signalbox.api(), `repository=${encodeURIComponent(scene.repository)}`);
  const path = file === '' ? null : `.github/workflows/${file}`;
  return runs.filter((run) => run.path === path).reverse();
}

async function comeTrue(scene: Scene, step: CaseStep, where: string): Promise<void> {
  let wrong: unknown;
  const isTrue = async () => {
    const runs = await runsOf(scene);
    try {
      if (step.runs !== undefined) expect(runs).toHaveLength(step.runs.length);
      for (const [index, wanted] of (step.runs ?? []).entries()) await checkRun(scene, runs[index]?.id ?? 0, wanted);
      for (const [file, wanted] of Object.entries(step.others ?? {}))
        expect((await runsOf(scene, file)).at(-1)?.conclusion, file).toBe(wanted);
      if (step.schedules !== undefined) expect(await schedulesOf(scene)).toBe(step.schedules);
      if (step.newest !== undefined) await checkRun(scene, runs.at(-1)?.id ?? 0, step.newest);
      return true;
    } catch (error) {
      wrong = error;
      return false;
    }
  };
  await waitFor(where, isTrue, undefined, DEADLINE_MS).catch((error: unknown) => {
    throw wrong ?? error;
  });
}

async function schedulesOf({ signalbox, repository }: Scene): Promise<number> {
  const door = `/api/repositories/${encodeURIComponent(repository)}`;
  return (await (await signalbox.api()).get(door, repositorySchema)).schedules?.length ?? 0;
}

async function checkRun({ signalbox }: Scene, id: number, wanted: ExpectedOfRun): Promise<void> {
  const api = await signalbox.api();
  const run = await api.get(`/api/runs/${id}`, runSchema);
  const { conclusion, status, event, title, attempt, retried } = wanted;
  const plain = { conclusion, status: status ?? (conclusion == null ? undefined : 'completed'), event, title };
  const named = Object.entries({ ...plain, attempt, retried }).filter(([, value]) => value !== undefined);
  expect(run).toMatchObject(Object.fromEntries(named));
  const reasons = [run.reason, ...run.jobs.map(({ reason }) => reason)].join('\n');
  if (wanted.reason !== undefined) expect(reasons).toContain(wanted.reason);
  const by = (what: (job: (typeof run.jobs)[number]) => unknown) =>
    Object.fromEntries(run.jobs.map((job) => [job.name, what(job)]));
  if (wanted.jobs !== undefined) expect(by((job) => job.conclusion ?? job.status)).toEqual(wanted.jobs);
  if (wanted.executions !== undefined) expect(by((job) => job.executions)).toEqual(wanted.executions);
  const { cases: tests = [] } = run.tests ?? {};
  const namesOf = (which: 'failure' | 'flaky') =>
    tests.filter((each) => (which === 'flaky' ? each.flaky : each.conclusion === which)).map(({ name }) => name);
  if (wanted.failing_tests !== undefined) expect(namesOf('failure')).toEqual(wanted.failing_tests);
  if (wanted.flaky !== undefined) expect(namesOf('flaky')).toEqual(wanted.flaky);
  await checkOrigins(api, run, wanted);
  if (wanted.logs === undefined) return;
  const { jobs } = await readRun(api, id);
  for (const [name, text] of Object.entries(wanted.logs))
    expect(jobs.find((job) => job.name === name)?.logText).toContain(text);
}

/** Whose verdict it took over, and who broke its branch. */
async function checkOrigins(api: Api, run: ApiRunDetail, wanted: ExpectedOfRun): Promise<void> {
  if (wanted.reused_from !== undefined) {
    const { reused_from: reused } = z.looseObject({ reused_from: z.object({ run: z.number() }).nullable() }).parse(run);
    const source = reused === null ? null : (await api.get(`/api/runs/${reused.run}`, runSchema)).title;
    expect(source).toBe(wanted.reused_from);
  }
  if (wanted.broken_since === undefined) return;
  const since = run.broken_since ?? null;
  const { title, commits_ago: ago, is_certain: certain } = since ?? {};
  expect(since === null ? null : { title, ago, certain }).toEqual(wanted.broken_since);
}
