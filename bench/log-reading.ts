import { createReadStream } from 'node:fs';
import { median, print } from './report.ts';
import type { Server } from './server.ts';

/** Asked for so often: the first time nothing is known of the log. */
const ROUNDS = 5;

/** What a reader of a log of 100 MB waits for, beside Node reading the same bytes once. */
export async function benchReading(server: Server, log: { run: number; job: number }, file: string): Promise<void> {
  const lines = `${server.http}/api/jobs/${log.job}/log/lines`;
  const questions = [
    { name: 'its page, as HTML', url: `${server.http}/runs/${log.run}/jobs/${log.job}`, atMost: 300 },
    { name: 'its end', url: `${lines}?from=-300&count=300`, atMost: 300 },
    { name: 'a search that finds nothing', url: lines.replace('/lines', '/search?q=nowhere-in-it'), atMost: 1_000 },
  ];
  const floor = await timed(() => readOnce(file));
  for (const { name, url, atMost } of questions) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) times.push(await timed(() => ask(url)));
    const middle = median(times);
    const note = `first ${times[0]?.toFixed(0)} ms, median ${middle.toFixed(0)} ms; floor: Node reads it once in ${floor.toFixed(0)} ms (× ${(middle / floor).toFixed(2)})`;
    print({ name: `  ${name}, worst of ${ROUNDS}`, value: Math.max(...times), unit: 'ms', bound: { atMost }, note });
  }
}

async function ask(url: string): Promise<void> {
  const answer = await fetch(url);
  await answer.text();
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
}

async function readOnce(file: string): Promise<void> {
  let bytes = 0;
  for await (const part of createReadStream(file)) bytes += (part as Buffer).length;
  if (bytes === 0) throw new Error(`${file} is empty`);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
