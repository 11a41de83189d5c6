import { randomUUID } from 'node:crypto';
import type { Json } from '../model/workflow.ts';
import type { RepositoryRecord } from '../store/repositories.ts';
import { CiError } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import { describeProblems, ownDefinition } from '../workflow/parse-workflow.ts';
import { DispatchRefusedError, type EventIntake } from './event-intake.ts';
import type { Taken } from './observer-door.ts';
import type { Planner } from './planner.ts';
import { repositoryPayload, shortName } from './push-payload.ts';
import type { RefAt, RepositoryRefs } from './repository-refs.ts';
import type { WorkflowFile } from './workflow-files.ts';

/** A workflow that a person, or a program, wants to run. */
export interface WantedWorkflow {
  /** Name of its file (`ci.yml`), its path, or its name. */
  readonly workflow: string;
  /** Branch or tag; default: the default branch. */
  readonly ref?: string;
  /** As they were sent: texts are turned into what the file says. */
  readonly inputs: { readonly [name: string]: Json };
  /** Who wants it; without, it was a program. */
  readonly actor?: string;
}

/** An event of a program's own making. */
export interface WantedEvent {
  /** What `types` of `repository_dispatch` are compared with. */
  readonly eventType: string;
  readonly clientPayload: { readonly [name: string]: Json };
  readonly actor?: string;
}

/** There is no such branch or tag. */
export class RefNotFoundError extends CiError {
  override readonly name = 'RefNotFoundError';
  readonly code = 'E_REF_NOT_FOUND';
}

/** There is no such workflow file at the ref. */
export class WorkflowNotFoundError extends CiError {
  override readonly name = 'WorkflowNotFoundError';
  readonly code = 'E_WORKFLOW_NOT_FOUND';
}

/** What {@link ManualDispatch} needs. */
export interface ManualDispatchOptions {
  readonly clock: Clock;
  readonly planner: Planner;
  readonly refs: RepositoryRefs;
  readonly intake: EventIntake;
}

/** Starts workflows because somebody says so: `workflow_dispatch` and `repository_dispatch`. */
export class ManualDispatch {
  readonly #options: ManualDispatchOptions;

  constructor(options: ManualDispatchOptions) {
    this.#options = options;
  }

  /**
   * Starts one workflow. @returns the id of its run, which is on the disk.
   * @throws {RefNotFoundError} @throws {WorkflowNotFoundError} @throws {DispatchRefusedError} @throws {GitError}
   */
  async workflow(repository: RepositoryRecord, wanted: WantedWorkflow): Promise<number> {
    const { planner } = this.#options;
    const at = await this.#refOf(repository, wanted.ref);
    const file = fileOf(await planner.workflows(repository, at.sha), wanted.workflow, at);
    if ('problems' in file.parsed) throw new DispatchRefusedError(describeProblems(file.parsed.problems));
    if (file.parsed.definition.on.workflow_dispatch === undefined) {
      const words = `${file.path} at ${shortName(at.ref)} has no \`on: workflow_dispatch\`; add it to start it by hand`;
      throw new DispatchRefusedError(words);
    }
    const { inputs } = wanted;
    const payload = { inputs, ref: at.ref, workflow: file.path };
    const [run] = (await this.#start(repository, { ...wanted, ...at, inputs, only: file.path, payload })).runs;
    if (run === undefined) throw new DispatchRefusedError(`${file.path} started nothing`);
    return run;
  }

  /**
   * Tells the workflows of the default branch of an event. @returns the runs, or why there are none.
   * @throws {RefNotFoundError} there is no default branch @throws {GitError}
   */
  async event(repository: RepositoryRecord, { eventType, clientPayload, actor }: WantedEvent): Promise<Taken> {
    const at = await this.#refOf(repository, undefined);
    const payload = { action: eventType, branch: shortName(at.ref), client_payload: clientPayload };
    return this.#start(repository, { ...at, payload, ...(actor === undefined ? {} : { actor }) });
  }

  #start(repository: RepositoryRecord, wanted: Started): Promise<Taken> {
    const { actor, payload, ref, sha, only, inputs } = wanted;
    const login = actor ?? 'api';
    const name = only === undefined ? 'repository_dispatch' : 'workflow_dispatch';
    const more = { repository: repositoryPayload({ ...repository, defaultBranch: undefined }), sender: { login } };
    return this.#options.intake.happened(repository, {
      ...{ name, ref, sha, actor: login, payload: { ...payload, ...more }, isRefusable: true },
      ...(only === undefined ? {} : { only, inputs: inputs ?? {} }),
      ...{ occurrence: randomUUID(), trigger: actor === undefined ? 'api' : 'manual' },
      receivedAt: this.#options.clock.now(),
    });
  }

  async #refOf(repository: RepositoryRecord, name: string | undefined): Promise<RefAt> {
    const { refs } = this.#options;
    const found = name === undefined ? await refs.defaultBranch(repository) : await refs.find(repository, name);
    if (found !== undefined) return found;
    const what = name === undefined ? 'no default branch with a commit' : `no branch or tag ${name}`;
    throw new RefNotFoundError(`${repository.name} has ${what}`);
  }
}

interface Started extends RefAt {
  readonly payload: { readonly [key: string]: Json };
  readonly actor?: string;
  readonly only?: string;
  readonly inputs?: { readonly [name: string]: Json };
}

/** By path, by the name of the file, by the name of the workflow. */
function fileOf(files: readonly WorkflowFile[], name: string, { ref }: RefAt): WorkflowFile {
  const names = (file: WorkflowFile) => [file.path, file.path.slice(file.path.lastIndexOf('/') + 1)];
  const nameIn = ({ parsed }: WorkflowFile) => ownDefinition(parsed)?.name;
  const found = files.find((file) => names(file).includes(name)) ?? files.find((file) => nameIn(file) === name);
  if (found !== undefined) return found;
  const there = files.length === 0 ? 'it has none' : `it has ${files.map((file) => names(file)[1]).join(', ')}`;
  throw new WorkflowNotFoundError(`there is no workflow ${name} at ${shortName(ref)}; ${there}`);
}
