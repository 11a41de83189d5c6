import type { ContainerRequest, JobContainers } from '../workflow/step-host.ts';
import { ActionError } from './action.ts';

/**
 * Starts what `container` and `services` of a job ask for.
 * @throws {ActionError} in words, if there is no engine here or it cannot be done; nothing is left running then.
 */
export async function startContainers(request: ContainerRequest): Promise<JobContainers> {
  const what = request.container === null ? 'services' : 'container';
  throw new ActionError(`the job has ${what}, and this version cannot start containers`);
}
