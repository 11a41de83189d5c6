import { expect, test } from 'vitest';
import { commitsByDay } from '../../web/src/commit-rows.ts';

const run = (id: number, conclusion: string, change: object) =>
  ({
    ...{ id, sha: 'a'.repeat(40), title: 't', author: 'Ada <a@b>', status: 'completed', conclusion, retried: false },
    ...{ event: 'push', ref: 'refs/heads/main', path: 'ci.yml', workflow: 'CI', created_at: '2026-11-29T10:00:00Z' },
    ...{ started_at: '2026-11-29T10:00:01Z', completed_at: '2026-11-29T10:00:02Z', ...change },
  }) as never;

test('a commit that failed on one branch is not green since it passed on another, or for another event', () => {
  const failed = run(1, 'failure', {});
  for (const later of [{ ref: 'refs/tags/v1' }, { event: 'pull_request', ref: 'refs/pull/1/merge' }]) {
    const [day] = commitsByDay([run(2, 'success', later), failed]);
    expect(day?.commits[0]).toMatchObject({ state: 'failure', shown: { id: 1 } });
    expect(day?.commits[0]?.runs).toHaveLength(2);
  }
  expect(commitsByDay([run(2, 'success', {}), failed])[0]?.commits[0]).toMatchObject({ state: 'success' });
});
