import type { Template } from '../../model/workflow.ts';
import type { ContainerRequest, StepHost } from '../workflow/step-host.ts';
import { ActionError, type DockerResolved } from './action.ts';

/** One part of a docker action that is to be executed. */
export interface DockerPartRequest extends Omit<ContainerRequest, 'container' | 'services'> {
  readonly action: DockerResolved;
  readonly part: 'pre' | 'main' | 'post';
  /** As the step says them, defaults included; `entrypoint` and `args` may be among them. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Evaluates `args` and `env` of the manifest, with its inputs. */
  evaluate(template: Template): string;
}

/** What is executed for it: a command in a container that is there only for it. */
export interface DockerPart {
  readonly host: StepHost;
  readonly command: readonly [string, ...string[]];
  /** Added to its environment: what the manifest says under `env`. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Builds or fetches the image.
 * @throws {ActionError} in words, if there is no engine here or it cannot be done.
 */
export async function prepareDockerPart({ action }: DockerPartRequest): Promise<DockerPart> {
  throw new ActionError(`${action.path} needs a container, and this version cannot start any`);
}
