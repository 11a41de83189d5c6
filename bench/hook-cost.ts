import { once } from 'node:events';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { median, print } from './report.ts';
import { git, makeRepository } from './repository.ts';
import { type Places, scratch, startServer } from './server.ts';

/** So many, because what is looked for is a tenth of a millisecond in ten that vary by some. */
const ROUNDS = 200;

/** What the hook adds to `git commit`, against a hook that is nothing but a background `curl`. */
export async function benchHookCost(places: Places): Promise<void> {
  const folder = await scratch();
  const server = await startServer(places, ['--runners', '0']);
  const listener = createServer((_, response) => response.end());
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  try {
    const paths = { none: join(folder, 'none'), curl: join(folder, 'curl'), ours: join(folder, 'ours') };
    for (const path of Object.values(paths)) await makeRepository(path, { readme: 'x' });
    const hook = join(paths.curl, '.git/hooks/post-commit');
    await writeFile(
      hook,
      `#!/bin/sh\ncurl -q -s -m 5 --noproxy '*' -X POST http://127.0.0.1:${port}/ >/dev/null 2>&1 </dev/null &\n`,
    );
    await chmod(hook, 0o755);
    // all three are watched, so that what the server does at each commit is the same
    await server.cli('add', paths.none, paths.curl);
    await server.cli('install-hook', paths.ours);
    const times = await measure(paths);
    const adds = (which: 'curl' | 'ours') => median(times[which].map((ms, round) => ms - (times.none[round] ?? 0)));
    print({
      name: 'what the hook adds to `git commit`',
      value: adds('ours'),
      floor: adds('curl'),
      unit: 'ms',
      bound: { atMost: 1 },
      note: `floor: a hook that is a background curl; git commit without a hook ${median(times.none).toFixed(1)} ms; medians of the differences in ${ROUNDS} rounds`,
    });
  } finally {
    listener.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const IN_TURN = ['none', 'curl', 'ours'] as const;

async function measure(paths: Readonly<Record<'none' | 'curl' | 'ours', string>>) {
  const times = { none: [] as number[], curl: [] as number[], ours: [] as number[] };
  for (let round = -3; round < ROUNDS; round++) {
    for (const which of round % 2 === 0 ? IN_TURN : IN_TURN.toReversed()) {
      const began = performance.now();
      await git(paths[which], 'commit', '-q', '--allow-empty', '-m', `round ${round}`);
      if (round >= 0) times[which].push(performance.now() - began);
      // what the hook left in the background must not slow the next one down
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return times;
}
