import { once } from 'node:events';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { median, print } from './report.ts';
import { git, makeRepository } from './repository.ts';
import { type Places, scratch, startServer } from './server.ts';

/** So many, because what is looked for is a tenth of a millisecond in ten that vary by some. */
const ROUNDS = 250;

/** Without a hook, and with three of them. */
const KINDS = ['none', 'nothing', 'curl', 'ours'] as const;
type Kind = (typeof KINDS)[number];

/**
 * What the hook adds to `git commit`, against a hook that is nothing but a background `curl`. Both post to the same bare
 * server, and nobody watches the repositories: what Signalbox does about a commit takes its share of two cores at some
 * moment of the next one, which is no cost of a hook.
 */
export async function benchHookCost(places: Places): Promise<void> {
  const folder = await scratch();
  const listener = createServer((request, response) => request.resume().on('end', () => response.end()));
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`;
  try {
    const paths = mapKinds((kind) => join(folder, kind));
    for (const path of Object.values(paths)) await makeRepository(path, { readme: 'x' });
    await putHook(paths.nothing, 'exit 0');
    await putHook(paths.curl, `curl -q -s -m 5 --noproxy '*' -X POST ${url} >/dev/null 2>&1 </dev/null &`);
    await installOurs(places, paths.ours, url);
    const times = await measure(paths);
    const adds = (kind: Kind) => median(times[kind].map((ms, round) => ms - (times.none[round] ?? 0)));
    print({
      name: 'what the hook adds to `git commit`',
      value: adds('ours'),
      floor: adds('curl'),
      unit: 'ms',
      bound: { atMost: 1 },
      note: `floor: a hook that is a background curl; one that does nothing adds ${adds('nothing').toFixed(2)} ms; git commit without a hook ${median(times.none).toFixed(1)} ms; medians of the differences in ${ROUNDS} rounds`,
    });
  } finally {
    listener.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function putHook(path: string, line: string): Promise<void> {
  const hook = join(path, '.git/hooks/post-commit');
  await writeFile(hook, `#!/bin/sh\n${line}\n`);
  await chmod(hook, 0o755);
}

/** As a user installs it, but that it posts elsewhere. */
async function installOurs(places: Places, path: string, url: string): Promise<void> {
  const server = await startServer(places, ['--runners', '0']);
  await server.cli('install-hook', path);
  await server.stop();
  await writeFile(join(path, '.git/signalbox/url'), `${url}\n`);
}

async function measure(paths: Readonly<Record<Kind, string>>): Promise<Record<Kind, number[]>> {
  const times = mapKinds(() => [] as number[]);
  for (let round = -3; round < ROUNDS; round++) {
    for (const kind of inSomeOrder(KINDS)) {
      const began = performance.now();
      await git(paths[kind], 'commit', '-q', '--allow-empty', '-m', `round ${round}`);
      if (round >= 0) times[kind].push(performance.now() - began);
      // what the hook left in the background must not slow the next one down
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  }
  return times;
}

/** By chance, so that none of them comes oftener than another after the one that leaves most behind. */
function inSomeOrder<T>(all: readonly T[]): T[] {
  const marked = all.map((value) => ({ value, at: Math.random() }));
  return marked.sort((a, b) => a.at - b.at).map(({ value }) => value);
}

function mapKinds<T>(map: (kind: Kind) => T): Record<Kind, T> {
  return Object.fromEntries(KINDS.map((kind) => [kind, map(kind)])) as Record<Kind, T>;
}
