import type { ApiJob, ApiRun } from '../../src/protocol/api-schema.ts';

/** A failed run as the API tells of it. */
export function apiRun(change: Partial<ApiRun>): ApiRun {
  return {
    ...{ id: 9, number: 3, repository: 'acme/web', workflow: 'CI', event: 'push', trigger: 'hook', sources: ['hook'] },
    ...{ ref: 'refs/heads/main', sha: '0a2955da8d2acd2fb5418447d1ed534f75330aa3', title: 'Ask again' },
    ...{ author: 'Ada <ada@example.org>', status: 'completed', conclusion: 'failure', attempt: 1 },
    ...{ html_url: 'http://127.0.0.1:8080/runs/9', created_at: '2026-01-02T03:04:00.100Z' },
    ...{ committed_at: '2026-01-02T03:04:00.000Z', received_at: '2026-01-02T03:04:00.100Z' },
    ...{ dispatched_at: '2026-01-02T03:04:00.122Z', started_at: '2026-01-02T03:04:00.216Z' },
    completed_at: '2026-01-02T03:04:12.616Z',
    ...change,
  } as ApiRun;
}

/** A job of it that passed. */
export function apiJob(change: Partial<ApiJob>): ApiJob {
  return {
    ...{ id: 1, name: 'test', runner: 'local-1', status: 'completed', conclusion: 'success', executions: 1 },
    ...{ started_at: '2026-01-02T03:04:01.000Z', completed_at: '2026-01-02T03:04:02.500Z' },
    ...change,
  } as ApiJob;
}
