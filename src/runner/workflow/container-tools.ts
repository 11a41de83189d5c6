import { evaluateTemplate } from '../../workflow/expressions.ts';
import { ActionError } from '../actions/action.ts';
import { startContainers } from '../actions/containers.ts';
import type { JobState } from './job-state.ts';
import type { ContainerRequest, JobContainers } from './step-host.ts';

/** Starts what the job asks for under `container` and `services`; undefined: nothing. @throws {ActionError} */
export async function startJobContainers(job: JobState): Promise<JobContainers | undefined> {
  const { container = null, services = null } = job.options.workflow.job;
  if (container === null && services === null) return undefined;
  const evaluation = job.evaluation(job.root, job.env);
  const request = {
    container: evaluateTemplate(container, evaluation),
    services: evaluateTemplate(services, evaluation),
  };
  // An expression may say that there is none after all.
  if (isNothing(request.container) && isNothing(request.services)) return undefined;
  const containers = await startContainers({ ...containerTools(job), ...request });
  job.host = containers.host;
  Object.assign(job.jobFacts, containers.facts);
  return containers;
}

/** What whoever works with containers needs of the job. */
export function containerTools(job: JobState): Omit<ContainerRequest, 'container' | 'services'> {
  const { options, log, masks, steps } = job;
  const { places, order } = options;
  const env = job.processEnv(job.env, job.github(job.root));
  return {
    ...{ places, env, machine: options.env, stopped: job.whenInterrupted },
    name: `signalbox-${options.runnerKey}-${order.job}-${order.execution}`,
    log: (line) => log.outputLine(line),
    mask: (secret) => masks.add(secret),
    exec: async (command, { env: more = {}, ...how } = {}) => {
      const own = { ...env, ...more };
      const end = await steps.execute({ command, cwd: places.workspace, env: own, isInterrupted: true, ...how });
      log.flush();
      if (end.kind === 'not_started') throw new ActionError(end.reason);
      return 'status' in end.exit ? end.exit.status : 137;
    },
  };
}

function isNothing(value: ContainerRequest['container']): boolean {
  if (value === null || value === '') return true;
  return typeof value === 'object' && 'image' in value && (value.image === '' || value.image === null);
}
