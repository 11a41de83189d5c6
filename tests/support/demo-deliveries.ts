import { randomUUID } from 'node:crypto';
import type { DeliveriesReader } from '../../src/web/deliveries-reader.ts';
import { pushHeaders, SECRET, sign, startObserver, type TestObserver, wireRepository } from './observer.ts';
import { createRepository } from './repository.ts';
import { waitFor } from './wait-for.ts';

/** An observer that has been told of pushes, with the git repository that it looks into. */
export interface DemoDeliveries extends AsyncDisposable {
  readonly router: TestObserver['observer']['router'];
  readonly reader: DeliveriesReader;
}

/**
 * A real observer to which signed webhooks were posted: some that started runs, many that told nothing new, one whose
 * repository cannot be reached, and some that were refused. `isEmpty`: to which nothing was.
 */
export async function startDemoDeliveries({ isEmpty = false } = {}): Promise<DemoDeliveries> {
  const repository = await createRepository({ 'ci.sh': '#!/bin/sh\n' }, 'test_repo');
  const own = await wireRepository(repository, { name: 'local/test_repo', secret: SECRET });
  const away = { ...own, id: 2, name: 'meridian/checkout-web', sources: ['/nowhere/checkout-web'], baseline: {} };
  const observed = await startObserver({ repositories: isEmpty ? [] : [own, away] });
  if (!isEmpty) await tell(observed, repository);
  const { observer } = observed;
  return {
    router: observer.router,
    reader: {
      list: (wanted) => observer.deliveries(wanted),
      refused: () => observer.refused,
      find: (id) => observer.delivery(id),
    },
    async [Symbol.asyncDispose]() {
      await observed[Symbol.asyncDispose]();
      await repository[Symbol.asyncDispose]();
    },
  };
}

/** Posts pushes, and waits till what can be settled is. */
async function tell(observed: TestObserver, repository: Awaited<ReturnType<typeof createRepository>>): Promise<void> {
  const first = await repository.git('rev-parse', 'HEAD');
  const push = async (name: string, before: string, after: string, more: Readonly<Record<string, unknown>> = {}) => {
    const pusher = { name: 'Ada Bergström', email: 'ada@example.org' };
    const body = { ref: 'refs/heads/main', before, after, repository: { full_name: name }, pusher, ...more };
    const text = JSON.stringify(body);
    return observed.post(text, { ...pushHeaders(await sign(text)), 'user-agent': 'GitHub-Hookshot/8b1e7f2' });
  };
  let before = first.trim();
  const shas = [before];
  for (let n = 1; n <= 5; n++) {
    const after = await repository.commit(`Step ${n}`, { [`${n}.txt`]: `${n}` });
    await push('local/test_repo', before, after);
    shas.push(after);
    before = after;
  }
  const isSettled = async () => {
    const wanted = { before: Number.MAX_SAFE_INTEGER, limit: 1, repository: null, status: 'pending' };
    return (await observed.observer.deliveries(wanted))?.total === 0;
  };
  await waitFor('the first deliveries', isSettled);
  for (let n = 0; n < 55; n++)
    await push('local/test_repo', shas[n % 5] ?? before, shas[(n % 5) + 1] ?? before, { after_the_fact: n });
  await waitFor('the others', isSettled);
  await push('local/test_repo', before, '0'.repeat(40), { ref: 'refs/heads/gone', deleted: true });
  await push('meridian/checkout-web', shas[0] ?? before, shas[1] ?? before, { commits: LONG });
  // refused: signed with something else, and of a repository that nobody knows
  const text = JSON.stringify({ ref: 'refs/heads/main', repository: { full_name: 'local/test_repo' } });
  await observed.post(text, pushHeaders(await sign(text, 'another secret')));
  await observed.post(text.replace('test_repo', 'unknown'), pushHeaders(await sign(text)));
}

/** A payload that fills more than a screen. */
const LONG = Array.from({ length: 40 }, (_, at) => ({
  ...{
    id: randomUUID().replaceAll('-', ''),
    message: `Commit ${at} with a message that is as long as such messages are`,
  },
  ...{ added: [`src/pay/case-${at}.ts`], modified: ['package.json'], removed: [] },
}));
