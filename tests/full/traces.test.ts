import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { startSignalbox } from '../support/signalbox.ts';
import { waitFor } from '../support/wait-for.ts';

test('the program as it is built sends the trace of a run, and the job knows of it', async () => {
  const names: string[] = [];
  const collector = createServer(async (request, response) => {
    const body = JSON.parse(await text(request));
    for (const { spans } of body.resourceSpans[0].scopeSpans) for (const { name } of spans) names.push(name);
    response.end('{}');
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  await using signalbox = await startSignalbox({ hasSample: true, env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } });
  await waitFor('there are spans', () => names.length > 0);
  expect(names).toContain('commit to news');
  expect(names.some((name) => name.includes('local/test_repo#1'))).toBe(true);
  const metrics = await (await fetch(`${signalbox.url}/metrics`)).text();
  expect(metrics).toMatch(/^signalbox_trace_spans_total\{result="exported"\} [1-9]/m);
  collector.close();
});
