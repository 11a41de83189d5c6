import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Background } from '../../src/dispatcher/background.ts';
import { Traces } from '../../src/dispatcher/traces.ts';
import { createLogger } from '../../src/support/logger.ts';
import { commitOf, newRepository, openTestStore, pushOf, resultOf, type TestStore } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code: number; readonly message?: string };
  readonly attributes: readonly { readonly key: string }[];
}

let at: TestStore;
let collector: Server;
let status = 200;
let paths: (string | undefined)[] = [];
let spans: OtlpSpan[] = [];

beforeEach(async () => {
  [status, paths, spans] = [200, [], []];
  at = await openTestStore();
  collector = createServer(async (request, response) => {
    paths.push(request.url);
    const body = JSON.parse(await text(request)) as {
      resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[];
    };
    if (status === 200)
      spans.push(...body.resourceSpans.flatMap((one) => one.scopeSpans.flatMap((each) => each.spans)));
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  await at.store.addRepository(newRepository(), at.clock.now());
});
afterEach(async () => {
  collector.closeAllConnections();
  collector.close();
  await at[Symbol.asyncDispose]();
});

function tracesTo(endpoint: string | null): Traces {
  const logger = createLogger('silent');
  const background = new Background({ logger, fatal: () => {} });
  const { store, clock } = at;
  return new Traces({ home: dirname(at.path), token: 'token', endpoint, store, clock, logger, background });
}
const endpoint = () => `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;

/** A job as it is told, whose run is over then. */
async function oneRun(traces: Traces, n = 1) {
  const { store, clock } = at;
  await store.dispatch(pushOf(1, [commitOf(n)]), clock.now());
  const [claimed] = await store.claim({ runner: 'one', labels: [], leaseMs: 1_000, now: clock.now() }, 1);
  const result = resultOf(claimed!.job, 1, { conclusion: 'failure', exit: { status: 3 } });
  await store.finish({ ...result, completedAt: clock.now() }, clock.now());
  return traces.told(claimed!);
}

test('a run is a trace: the way of its push, its job and its steps, in which the job finds itself', async () => {
  await using traces = tracesTo(`${endpoint()}/`);
  await traces.start();
  const told = await oneRun(traces);
  await waitFor('the spans are there', () => {
    at.clock.advance(2_000);
    return traces.counts?.exported === 6;
  });
  expect(paths).toEqual(['/v1/traces']);
  const byName = new Map(spans.map((span) => [span.name, span]));
  expect([...byName.keys()].sort()).toEqual(
    ['commit to news', 'dispatch', 'queue: test', 'test', 'tests local/app#1'].sort(),
  );
  const root = spans.find((span) => span.parentSpanId === undefined || span.parentSpanId === '');
  expect(root).toMatchObject({ name: 'tests local/app#1', status: { code: 2, message: 'failure' } });
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(spans.length).toBe(6); // the job and its step have one name
  const execution = spans.find((span) => span.name === 'test' && span.parentSpanId === root?.spanId);
  expect(told.spec.env.TRACEPARENT).toBe(`00-${root?.traceId}-${execution?.spanId}-01`);
  const step = spans.find((span) => span.parentSpanId === execution?.spanId);
  expect(step?.attributes.map(({ key }) => key)).toContain('process.exit.code');
  for (const span of spans) expect(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano)).toBe(true);
  expect(traces.counts).toEqual({ exported: 6, dropped: 0 });
});

test('a collector that refuses costs the spans and nothing else, and the next ones arrive', async () => {
  status = 400;
  await using traces = tracesTo(endpoint());
  await traces.start();
  await oneRun(traces);
  await waitFor('they are dropped', () => {
    at.clock.advance(2_000);
    return traces.counts?.dropped === 6;
  });
  status = 200;
  await oneRun(traces, 2);
  await waitFor('they are exported', () => {
    at.clock.advance(2_000);
    return traces.counts?.exported === 6;
  });
});

test('without an endpoint no traces are made, and jobs are told of none', async () => {
  await using traces = tracesTo(null);
  await traces.start();
  expect((await oneRun(traces)).spec.env).toEqual({});
  expect(traces.counts).toBeUndefined();
});
