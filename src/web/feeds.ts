import { type Request, Router } from 'express';
import { XMLBuilder } from 'fast-xml-parser';
import { Feed } from 'feed';
import * as z from 'zod';
import { harmless } from '../../web/src/harmless.ts';
import { repositoryUrl } from '../../web/src/urls.ts';
import { lampOf, wordOf } from '../../web/src/words.ts';
import type { RunRecord } from '../store/run-record.ts';
import { HttpError } from '../support/http-guard.ts';
import { inSlices } from '../support/slices.ts';
import { baseUrl, type WebContext } from './context.ts';
import { parse } from './input.ts';

/** How many runs the Atom feed holds. */
const ENTRIES = 50;
/** Of which repository. */
export const feedSchema = z.strictObject({ repository: z.string().max(1_000).optional() });

/** Feeds for programs of others: `/feed.atom` for feed readers, `/cctray.xml` for build lights and their like. */
export function feedRoutes(context: WebContext): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/feed.atom', async (request, response) => {
    const { repository } = parse(feedSchema, request.query);
    await assertKnown(context, repository);
    const filter = { status: 'completed' as const, limit: ENTRIES };
    const runs = await context.store.runs(repository === undefined ? filter : { ...filter, repository });
    response.type('application/atom+xml').send(atomOf(runs, baseUrl(context, request), repository));
  });
  router.get('/cctray.xml', async (request, response) => {
    const { repository } = parse(feedSchema, request.query);
    await assertKnown(context, repository);
    response.type('application/xml').send(ccTrayOf(await projectsOf(context, request, repository)));
  });
  return router;
}

/** An empty feed would hide a mistake in its address. @throws {HttpError} 404 */
async function assertKnown({ store }: WebContext, repository: string | undefined): Promise<void> {
  if (repository === undefined || (await store.repositories()).some(({ name }) => name === repository)) return;
  if ((await store.runs({ repository, limit: 1 })).length > 0) return; // it was watched once
  throw new HttpError(404, 'E_NOT_FOUND', `no repository ${repository} is watched`);
}

function atomOf(runs: readonly RunRecord[], base: string, repository: string | undefined): string {
  const link = `${base}${repository === undefined ? '/' : repositoryUrl(repository)}`;
  const feed = new Feed({
    title: repository === undefined ? 'Signalbox' : `Signalbox: ${repository}`,
    id: link,
    link,
    updated: runs[0]?.completedAt ?? new Date(0),
    feedLinks: {
      atom: `${base}/feed.atom${repository === undefined ? '' : `?repository=${encodeURIComponent(repository)}`}`,
    },
    copyright: '',
  });
  for (const run of runs) {
    const word = wordOf(lampOf(run.status, run.conclusion));
    const page = `${base}/runs/${run.id}`;
    feed.addItem({
      title: html(`${run.repository}#${run.number} ${word}: ${run.title}`),
      // another attempt is another entry: its verdict may be another one
      id: `${page}?attempt=${run.attempt}`,
      link: page,
      date: run.completedAt ?? run.createdAt,
      author: [{ name: harmless(run.author.replace(/\s*<[^>]*>$/, '')) }],
      description: html([run.workflow, run.ref, run.sha, run.reason ?? ''].filter((part) => part !== '').join(' · ')),
    });
  }
  return feed.atom1();
}

/** Text as HTML: what is said of an entry is HTML to a feed reader, and titles are written by strangers. */
function html(text: string): string {
  return harmless(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** One line of CCTray's list: a workflow on the main branch of a repository. */
interface Project {
  readonly name: string;
  readonly activity: 'Sleeping' | 'Building';
  readonly lastBuildStatus: 'Success' | 'Failure' | 'Exception' | 'Unknown';
  readonly lastBuildLabel: string;
  readonly lastBuildTime: string;
  readonly webUrl: string;
}

/** Of each repository the workflows of its main branch, as its newest runs tell them. */
async function projectsOf(
  context: WebContext,
  request: Request,
  only: string | undefined,
): Promise<readonly Project[]> {
  const { operations, store, verdicts } = context;
  const repositories = (await store.repositories()).filter(({ name }) => only === undefined || name === only);
  const lists = await inSlices(repositories, async (repository) => {
    const verdict = await verdicts.of(repository);
    if (verdict === undefined) return [];
    const ref = operations.defaultBranchOf(repository.id) ?? verdict.ref;
    const runs = await ofNow(
      context,
      repository.id,
      ref,
      await store.runs({ repository: repository.name, ref, limit: 100 }),
    );
    const workflows = [...new Set(runs.map(({ workflow }) => workflow))].sort();
    return workflows.flatMap((workflow) => {
      const project = projectOf(
        runs.filter((run) => run.workflow === workflow),
        baseUrl(context, request),
      );
      return project === undefined ? [] : [project];
    });
  });
  return lists.flat();
}

/** Without runs of commits that the branch has no more, and of workflows that its newest commit has not. Newest first. */
async function ofNow(
  { operations, store }: WebContext,
  repository: number,
  ref: string,
  runs: readonly RunRecord[],
): Promise<readonly RunRecord[]> {
  const tip = (await store.branchTips(repository)).find((one) => one.ref === ref);
  const line = new Set(tip === undefined ? [] : await operations.lineOf(repository, tip.sha));
  const there = runs.filter(({ sha }) => line.size === 0 || line.has(sha));
  const pushed = there.filter(({ event }) => event === 'push');
  const known = new Set(pushed.filter(({ sha }) => sha === pushed[0]?.sha).map(fileOf));
  const gone = new Set(pushed.map(fileOf).filter((file) => !known.has(file)));
  return there.filter((run) => !gone.has(fileOf(run)));
}

function fileOf({ path, workflow }: RunRecord): string {
  return path ?? workflow;
}

function projectOf(runs: readonly RunRecord[], base: string): Project | undefined {
  const last = runs.find(({ conclusion }) => conclusion !== null && conclusion !== 'skipped');
  if (last === undefined) return undefined;
  return {
    name: harmless(`${last.repository} (${last.workflow})`),
    activity: runs[0]?.status === 'completed' ? 'Sleeping' : 'Building',
    lastBuildStatus: statusOf(last),
    lastBuildLabel: String(last.number),
    lastBuildTime: (last.completedAt ?? last.createdAt).toISOString(),
    webUrl: `${base}/runs/${last.id}`,
  };
}

function statusOf({ conclusion }: RunRecord): Project['lastBuildStatus'] {
  if (conclusion === 'success') return 'Success';
  if (conclusion === 'failure' || conclusion === 'timed_out') return 'Failure';
  return conclusion === 'error' ? 'Exception' : 'Unknown';
}

/** https://cctray.org/v1/ */
function ccTrayOf(projects: readonly Project[]): string {
  const builder = new XMLBuilder({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    format: true,
    suppressEmptyNode: true,
  });
  const attributes = (project: Project) =>
    Object.fromEntries(Object.entries(project).map(([key, text]) => [`@${key}`, text]));
  const document = {
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    Projects: { Project: projects.map(attributes) },
  };
  return builder.build(document);
}
