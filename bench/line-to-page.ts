import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { median, print } from './report.ts';
import { git, makeRepository } from './repository.ts';
import { followEvents, type Places, scratch, startServer } from './server.ts';

const LINES = 100;
/** Each line says when it was printed. */
const PRINTER = `let n = 0; setInterval(() => { console.log('at=' + Date.now()); if (++n === ${LINES}) process.exit() }, 50)`;

/** From a line that a job prints to the page that shows its log, against Node piping the command into an event stream. */
export async function benchLineToPage(places: Places): Promise<void> {
  const folder = await scratch();
  const server = await startServer(places, ['--runners', '1']);
  try {
    const path = join(folder, 'app');
    await makeRepository(path, { 'ci.sh': '#!/bin/sh\nexit 0\n', 'print.js': PRINTER });
    await server.cli('install-hook', path);
    let job = 0;
    const started = followEvents(server, (event) => {
      if (event.type === 'job.started') job = event.job;
      return job > 0;
    });
    await writeFile(join(path, 'ci.sh'), `#!/bin/sh\nexec '${process.execPath}' print.js\n`);
    await git(path, 'commit', '-q', '-a', '-m', 'print');
    await started;
    const delays = await delaysOf(`${server.http}/live/jobs/${job}/log?execution=1&from=1`);
    const bare = await bareStream(join(path, 'print.js'));
    print({
      name: 'from a line of a job to the page of its log, p95',
      value: p95(delays),
      unit: 'ms',
      bound: { atMost: 100 },
      note: `${delays.length} lines, one each 50 ms; median ${median(delays).toFixed(1)} ms (× ${(median(delays) / median(bare)).toFixed(1)}); floor: p95 ${p95(bare).toFixed(1)}, median ${median(bare).toFixed(1)} ms, Node pipes the same into an event stream`,
    });
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** How long each line took until it was read from this stream, in milliseconds; those that were there before do not count. */
async function delaysOf(url: string): Promise<number[]> {
  const answer = await fetch(url, { headers: { accept: 'text/event-stream' }, signal: AbortSignal.timeout(60_000) });
  if (answer.status !== 200 || answer.body === null) throw new Error(`${url} answered ${answer.status}`);
  const began = Date.now();
  const delays = new Map<number, number>();
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of answer.body) {
    const now = Date.now();
    text += decoder.decode(bytes as Uint8Array, { stream: true });
    const whole = text.slice(0, text.lastIndexOf('\n\n') + 1);
    text = text.slice(whole.length);
    for (const [, at] of whole.matchAll(/at=(\d{13})/g))
      if (Number(at) >= began && !delays.has(Number(at))) delays.set(Number(at), now - Number(at));
    if (whole.includes('event: end')) break;
  }
  if (delays.size < LINES / 2) throw new Error(`only ${delays.size} of ${LINES} lines came`);
  return [...delays.values()];
}

async function bareStream(script: string): Promise<number[]> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.on('data', (bytes: Buffer) => response.write(`data: ${JSON.stringify(String(bytes))}\n\n`));
    child.stdout.on('end', () => response.end('event: end\n\n'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const delays = await delaysOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  server.close();
  return delays;
}

function p95(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * 0.95)] ?? Number.NaN;
}
