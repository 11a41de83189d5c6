import { createHmac } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { which } from '../../src/runner/workflow/shells.ts';
import { type ConformanceRun, checkCase } from '../conformance/check-case.ts';
import type { Expected } from '../conformance/read-cases.ts';
import { type ProjectRepository, projectRepository, refOf } from '../projects/project-repository.ts';
import { type ExpectedRun, expectedIn, type Occasion, type Project, readProjects } from '../projects/read-projects.ts';
import { flags, type Here, here } from '../support/here.ts';
import { type ListedRun, listRuns, readRun } from '../support/run-details.ts';
import { type Signalbox, startSignalbox } from '../support/signalbox.ts';
import { tempDir } from '../support/temp.ts';
import { testEngine } from '../support/test-engine.ts';

/** What a team with projects like these would have on its machine, and in its configuration. */
const PATH = `${process.env.PATH}${delimiter}${join(import.meta.dirname, '..', '..', 'node_modules', '.bin')}`;
const CONFIG = 'actions: { nearest_version: true }\n';
/** All jobs of all commits, on a busy machine. */
const DEADLINE_MS = 260_000;

const isThere = (program: string) =>
  program === 'engine' ? testEngine() !== undefined : which(program, PATH) !== undefined;
const all = readProjects().map((project) => ({ project, why: whyNot(project) }));
const projects = all.filter(({ why }) => why === undefined).map(({ project }) => project);
const repositories = new Map<Project, ProjectRepository>();
const opened: AsyncDisposable[] = [];

/** `pull_request of green`, `v1.2.3 of green`. */
const nameOf = ({ name, event, tag }: Occasion) => `${tag ?? event} of ${name}`;
const occasions = projects.flatMap((project) =>
  project.commits.map((occasion) => [`${project.name}: ${nameOf(occasion)}`, project, occasion] as const),
);

beforeAll(async () => {
  for (const project of projects) {
    const repository = await projectRepository(project);
    opened.push(repository);
    repositories.set(project, repository);
  }
});
afterAll(async () => {
  for (const one of opened) await one[Symbol.asyncDispose]();
});

describe('a commit of a project as people have them gets the right verdict', () => {
  const told = occasions.filter(([, , { event }]) => event === 'push' || event === 'pull_request');
  let signalbox: Signalbox;
  let runs: readonly ListedRun[] = [];

  beforeAll(async () => {
    const folder = await tempDir('signalbox-config-');
    const config = join(folder.path, 'signalbox.yml');
    await writeFile(config, CONFIG);
    signalbox = await startSignalbox({ runners: 2, args: ['--config', config], env: { PATH } });
    opened.push(folder, signalbox);
    await signalbox.cli('add', ...[...repositories.values()].map(({ path }) => path));
    for (const project of projects) await setValues(signalbox, project);
    let count = 0;
    for (const [, project, occasion] of told) count += await happen(signalbox, project, occasion);
    await completed(signalbox, count);
    runs = await listRuns(await signalbox.api(), '');
  }, DEADLINE_MS + 60_000);

  test.each(told)('%s', async (_, project, occasion) => {
    const sha = await repositoryOf(project).make(occasion);
    const [ref, api] = [refOf(occasion), await signalbox.api()];
    const own = runs.filter((run) => run.sha === sha && run.event === occasion.event && run.ref === ref);
    checkRuns(expectedIn('commit', occasion), await Promise.all(own.map(({ id }) => readRun(api, id))));
  });
});

describe('signalbox run of a project as people have them comes to the right verdict', () => {
  let folder: string;
  let command: Here;

  beforeAll(async () => {
    const home = await tempDir('signalbox-home-');
    opened.push(home);
    folder = home.path;
    await writeFile(join(folder, 'signalbox.yml'), CONFIG);
    command = await here(folder, { PATH });
  });

  test.each(occasions)('%s', async (_, project, occasion) => {
    const repository = repositoryOf(project);
    const { event, tag, inputs } = occasion;
    const args = ['--rev', await repository.make(occasion), '--event', event, ...flags('--input', inputs)];
    const payload = await repository.payload(occasion);
    const file = join(folder, 'event.json');
    if (payload !== undefined) await writeFile(file, JSON.stringify(payload));
    const { runs, result } = await command.run(
      repository.path,
      ...args,
      ...(tag === undefined ? [] : ['--ref', `refs/tags/${tag}`]),
      ...(payload === undefined ? [] : ['--event-file', file]),
      ...flags('--secret', project.secrets),
      ...flags('--var', project.vars),
    );
    checkRuns(expectedIn('here', occasion), runs);
    if (runs.length === 0) expect(result.stderr).toContain('no workflow file is for');
  });
});

for (const { project, why } of all) if (why !== undefined) test.skip(`${project.name}: ${why}`, () => {});

/** Why a project cannot be tried on this machine. */
function whyNot({ needs, without }: Project): string | undefined {
  const missing = needs.filter((program) => !isThere(program));
  if (missing.length > 0) return `this machine has no ${missing.join(', ')}`;
  return without.length > 0 && isThere('engine') ? 'this machine has a container engine' : undefined;
}

function repositoryOf(project: Project): ProjectRepository {
  const found = repositories.get(project);
  if (found === undefined) throw new Error(`${project.name} has no repository`);
  return found;
}

function checkRuns(expected: readonly (readonly [string, ExpectedRun])[], all: readonly ConformanceRun[]): void {
  const runs = all.filter(({ path }) => path !== null);
  expect(runs.map(({ path }) => path?.replace('.github/workflows/', '')).sort()).toEqual(
    expected.map(([file]) => file).sort(),
  );
  // one without a file says that no file is for this push
  for (const { path, conclusion } of all) if (path === null) expect(conclusion).toBe('skipped');
  for (const [file, wanted] of expected) {
    const run = runs.find(({ path }) => path === `.github/workflows/${file}`);
    if (run !== undefined) checkCase(asCase(wanted), run);
  }
}

function asCase({ conclusion, reason, jobs, annotations, logs }: ExpectedRun): Expected {
  return {
    ...{ expect: conclusion, annotations },
    logs: Object.entries(logs).map(([job, text]) => ({ job, text, isThere: true })),
    ...(reason === undefined ? {} : { reason }),
    ...(jobs === undefined ? {} : { jobs }),
  };
}

async function setValues(signalbox: Signalbox, { name, secrets, vars }: Project): Promise<void> {
  const file = join(signalbox.home, 'value');
  for (const [key, value] of Object.entries(secrets)) {
    await writeFile(file, value);
    await signalbox.cli('secrets', 'set', key, '--repository', name, '--from-file', file);
  }
  for (const [key, value] of Object.entries(vars))
    await signalbox.cli('variables', 'set', key, value, '--repository', name);
}

/** Lets it happen; how many runs there have to be. */
async function happen(signalbox: Signalbox, project: Project, occasion: Occasion): Promise<number> {
  const repository = repositoryOf(project);
  await repository.make(occasion);
  const count = expectedIn('commit', occasion).length;
  // where no workflow file is for a push, one run says so
  if (occasion.event === 'push') return Math.max(count, 1);
  const body = JSON.stringify(await repository.payload(occasion));
  const api = await signalbox.api();
  const { secret } = await api.post('/api/repositories', { source: repository.path }, z.object({ secret: z.string() }));
  const headers = {
    'content-type': 'application/json',
    'x-github-event': occasion.event,
    'x-github-delivery': `${project.name}-${project.commits.indexOf(occasion)}`,
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
  const response = await fetch(new URL('/webhooks', signalbox.url), { method: 'POST', headers, body });
  expect(response.status).toBe(202);
  return count;
}

/** Waits for so many runs to be over. What is missing then is told by the tests. */
async function completed(signalbox: Signalbox, count: number): Promise<void> {
  const aborting = new AbortController();
  const timer = setTimeout(() => aborting.abort(), DEADLINE_MS);
  let left = count;
  try {
    for await (const { data } of (await signalbox.api()).events('/api/events?after=0', null, aborting.signal))
      if (data.includes('run.completed') && --left === 0) return;
  } catch (error) {
    if (!aborting.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
}
