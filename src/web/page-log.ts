import { log } from '../../web/src/pages/log.tsx';
import { HttpError } from '../support/http-guard.ts';
import { baseUrl } from './context.ts';
import { idSchema, parse } from './input.ts';
import { readTail } from './log-tail.ts';
import { definePage } from './page-definition.ts';
import { runDetail } from './run-detail.ts';

export const logPage = definePage({
  path: '/runs/:id/jobs/:job',
  view: log,
  async load(context, request) {
    const run = await runDetail(context, parse(idSchema, request.params.id), baseUrl(context, request));
    const job = run.jobs.find(({ id }) => id === parse(idSchema, request.params.job));
    if (job === undefined) throw new HttpError(404, 'E_NOT_FOUND', `run ${run.id} has no job ${request.params.job}`);
    const { executions: execution } = job;
    const tail = execution === 0 ? null : await readTail(context.logs, { job: job.id, execution });
    return { run, job, tail };
  },
});
