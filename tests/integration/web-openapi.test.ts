import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type express from 'express';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { createDeliveriesApi } from '../../src/hooks/deliveries-api.ts';
import { refused } from '../../src/hooks/delivery-error.ts';
import { Inbox } from '../../src/hooks/inbox.ts';
import { Refusals } from '../../src/hooks/refusals.ts';
import { createWebApp } from '../../src/web/app.ts';
import { makeOpenApiDocument } from '../../src/web/openapi.ts';
import { type DescribedRoute, ROUTES } from '../../src/web/openapi-routes.ts';
import { commitOf, newRepository, plannedJob, pushOf, resultOf } from '../support/store.ts';
import { tempDir } from '../support/temp.ts';
import { runnerStatus, startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let dir: Awaited<ReturnType<typeof tempDir>>;
let inbox: Inbox;
let ids: Readonly<Record<string, string | number>>;

beforeAll(async () => {
  dir = await tempDir('signalbox-openapi-');
  inbox = await Inbox.open(join(dir.path, 'observer.db'));
  const deliveries = createDeliveriesApi({
    inbox,
    refusals: refusalsOfOne(),
    authorize: (_q, _r, next) => next(),
    redeliver: async () => true,
  });
  web = await startWeb({ routers: [deliveries], measured: {} });
  web.runners.push(runnerStatus('one', { executions: [{ job: 1, execution: 1, since: web.clock.now() }] }));
  ids = await fill(web);
});
afterAll(async () => {
  await web[Symbol.asyncDispose]();
  await inbox.database.close();
  await dir[Symbol.asyncDispose]();
});

function refusalsOfOne(): Refusals {
  const refusals = new Refusals();
  refusals.add({ 'x-github-event': 'push', 'x-github-delivery': 'x' }, refused('acme/app'), new Date(0));
  return refusals;
}

/** Everything that an answer can tell of, once. */
async function fill({ store, clock, logs }: TestWeb) {
  const now = () => clock.now();
  await store.addRepository(newRepository(), now());
  const runs = [];
  for (const [n, conclusion] of [['success'], ['failure']].map(([one], at) => [at + 1, one] as const)) {
    const [run = 0] = await store.dispatch(pushOf(1, [commitOf(n)]), now());
    const [claimed] = await store.claim({ runner: 'one', labels: [], leaseMs: 1_000, now: now() }, 1);
    const job = claimed!.job;
    await logs.append({ job, execution: 1 }, 0, Buffer.from('a log'));
    await logs.seal({ job, execution: 1 });
    const failed = { suite: 's', name: 't', conclusion: conclusion as 'failure', durationMs: 3, file: 'a.ts', line: 2 };
    const annotations = [{ level: 'warning' as const, message: 'hm', file: 'b.ts', line: 1 }];
    const tests = [{ ...failed, message: 'it is not so', isFlaky: true }];
    await store.finish(resultOf(job, 1, { conclusion: conclusion as 'failure', annotations, tests }), now());
    runs.push({ run, job });
  }
  const [, last] = runs;
  const content = Buffer.from('zip');
  const digest = createHash('sha256').update(content).digest('hex');
  const about = { name: 'a', overwrite: false, expiresAt: new Date(+now() + 1e9), bytes: content.length, digest };
  const artifact = await store.artifacts.add(
    { job: last!.job, execution: 1, ...about },
    Readable.from([content]),
    now(),
  );
  await store.dispatch(pushOf(1, [commitOf(3, [plannedJob('a', { labels: ['gpu'] })])]), now());
  await store.vault.setSecret({ repository: null, environment: null }, 'S', 'hidden', now());
  await store.vault.setVariable({ repository: 1, environment: 'prod' }, 'V', 'seen', now());
  await inbox.add({
    ...{ id: 'd1', receivedAt: now(), forge: 'github', event: 'push', repository: { id: 1, name: 'local/app' } },
    ...{ headers: '{}', payload: '{"ref":"x"}', bytes: 11, answer: 202, trigger: 'webhook', status: 'pending' },
    ...{ move: { source: 'remote', ref: 'refs/heads/main', before: '', after: '' }, outcome: null },
  });
  return { id: last!.run, job: last!.job, artifact: artifact.id };
}

/** Where to ask for a route: its parameters filled in. */
function urlOf({ path }: DescribedRoute): string {
  const id = path.startsWith('/api/jobs') ? ids.job : path.startsWith('/api/artifacts') ? ids.artifact : ids.id;
  const values: Record<string, unknown> = { repository: 'local%2Fapp', name: 'local/app.svg', id };
  if (path.startsWith('/api/deliveries')) values.id = 'd1';
  const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
  if (path.endsWith('/log/search')) return `${url}?q=log`;
  return path.endsWith('/{repository}/tests') ? `${url}?flaky=1` : url;
}

/** Fields of an answer that its schema does not name, with where they are. */
function undescribed(schema: z.ZodType, value: unknown, at = ''): readonly string[] {
  const def = schema._zod.def as unknown as {
    type: string;
    innerType?: z.ZodType;
    element?: z.ZodType;
    shape?: Record<string, z.ZodType>;
  };
  if (value === null || value === undefined) return [];
  if (def.innerType !== undefined) return undescribed(def.innerType, value, at);
  if (def.element !== undefined)
    return (value as unknown[]).flatMap((one, index) => undescribed(def.element as z.ZodType, one, `${at}[${index}]`));
  const { shape } = def;
  if (shape === undefined) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    shape[key] === undefined ? [`${at}.${key}`] : undescribed(shape[key], one, `${at}.${key}`),
  );
}

/** Notifications are told of by whoever composes the server; `notify-trial.test.ts` reads them. */
const isElsewhere = (path: string) => path === '/api/events' || path.startsWith('/api/notifications');
const read = ROUTES.filter(({ method, path }) => method === 'get' && !isElsewhere(path));

describe('an answer is as /api/openapi.json says:', () => {
  test.each(read.map((route) => [route.path, route] as const))('GET %s', async (_path, route) => {
    const answer = await web.ask(urlOf(route));
    const what = route.answers[answer.status];
    expect(answer.status).toBe(200);
    if (typeof what === 'string') return expect(answer.headers['content-type']).toContain(what);
    const body = answer.json();
    const parsed = (what as z.ZodType).safeParse(body);
    expect(parsed.error?.issues ?? []).toEqual([]);
    expect(undescribed(what as z.ZodType, body)).toEqual([]);
  });

  test.each([
    ['/api/runs/:id/cancel', 409, {}],
    ['/api/runs/:id/rerun', 201, { failed_only: true }],
    ['/api/runs/:id/cancel', 202, {}],
    ['/api/repositories', 201, { source: '/src/other', name: 'local/other' }],
    ['/api/runners/one/drain', 200, {}],
    ['/api/runners/one/resume', 200, {}],
    ['/api/secrets', 201, { name: 'NEW', value: 'x' }],
    ['/api/variables', 201, { name: 'NEW', value: 'x', repository: 'local/app' }],
    ['/api/login-links', 201, {}],
    ['/api/deliveries/d1/redeliver', 202, {}],
  ])('POST %s is answered %s', async (path, status, body) => {
    const answer = await web.change('POST', path.replace(':id', String(ids.id)), body);
    expect(answer.status).toBe(status);
    const route = ROUTES.find((one) => one.method === 'post' && matches(one.path, path));
    const schema = status < 400 ? (route?.answers[status] as z.ZodType) : undefined;
    if (schema === undefined) return expect(answer.json()).toMatchObject({ error: { code: expect.any(String) } });
    expect(schema.safeParse(answer.json()).error?.issues ?? []).toEqual([]);
    expect(undescribed(schema, answer.json())).toEqual([]);
  });
});

function matches(described: string, path: string): boolean {
  return new RegExp(`^${described.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
}

/** Every route of an app, as OpenAPI writes it: `GET /api/runs/{id}`. */
function routesOf(app: express.Express): readonly string[] {
  interface Layer {
    readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
    readonly handle: { readonly stack?: readonly Layer[] };
    readonly rawPath?: unknown;
  }
  const walk = (layers: readonly Layer[], prefix: string): string[] =>
    layers.flatMap((layer) => {
      if (layer.route !== undefined) {
        const path = prefix + layer.route.path.replaceAll(/[:*](\w+)/g, '{$1}');
        return Object.keys(layer.route.methods).map((method) => `${method} ${path}`);
      }
      const mounted = layer.rawPath === '/' ? '' : String(layer.rawPath);
      return layer.handle.stack === undefined ? [] : walk(layer.handle.stack, prefix + mounted);
    });
  return walk((app.router as unknown as { stack: readonly Layer[] }).stack, '');
}

describe('the description of the API', () => {
  const described = ROUTES.map(({ method, path }) => `${method} ${path}`);
  /** Of the observer, which is a router of its own. */
  const elsewhere = described.filter((one) => /deliveries|webhooks/.test(one));
  const isForPeople = (one: string) =>
    /^get \/(?!api\/)(?!metrics|healthz|readyz|badges|cctray|feed)|^get \/api\/docs/.test(one);

  test('names every route of the server, and none that is not there', () => {
    const { metrics, ...options } = {
      ...{ store: web.store, logs: web.logs, operations: {} as never, config: { home: dir.path, publicUrl: null } },
      ...{ credentials: web.credentials, clock: web.clock, logger: { child: () => {} } as never, metrics: undefined },
    };
    const routes = routesOf(createWebApp(options)).filter((one) => !isForPeople(one));
    expect(metrics).toBeUndefined();
    const expected = described.filter((one) => !elsewhere.includes(one) && one !== 'get /metrics');
    expect([...routes].sort()).toEqual([...expected].sort());
  });

  test('has the routes that docs/api.md tells of', () => {
    const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'api.md'), 'utf8');
    const told = [...text.matchAll(/`(GET|POST|DELETE) (\/(?!github\/)[^`\s?]*)/g)].map(([, method, path = '']) => ({
      ...{ method: method?.toLowerCase(), path: path.replace(/\/acme\/app\.svg$/, '/x').replaceAll(/:\w+/g, 'x') },
    }));
    expect(told.length).toBeGreaterThan(25);
    for (const { method, path } of told)
      expect(
        ROUTES.some((one) => one.method === method && matches(one.path, path)),
        `${method} ${path}`,
      ).toBe(true);
  });

  test('is a whole document: references lead somewhere, operations have names of their own', () => {
    const document = makeOpenApiDocument();
    const text = JSON.stringify(document);
    const { schemas } = document.components as { schemas: Record<string, unknown> };
    for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g))
      expect(schemas[name ?? '']).toBeDefined();
    expect(text).not.toMatch(/"\$ref":"(?!#\/components\/schemas\/)/);
    const names = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, name]) => name);
    expect(new Set(names).size).toBe(ROUTES.length);
  });

  test('is shown as a page that loads nothing from elsewhere', async () => {
    const page = await web.ask('/api/docs', { headers: { accept: 'text/html' } });
    expect(page.status).toBe(200);
    for (const { path } of ROUTES) expect(page.text).toContain(path);
    expect(page.text).not.toMatch(/(?:src|href)="https?:/);
  });
});
