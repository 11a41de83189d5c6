import { ActionError, type BuiltinResolved } from '../actions/action.ts';
import type { ArtifactClient } from '../actions/artifact-client.ts';
import { type BuiltinContext, type BuiltinEnd, DONE } from '../builtin/builtin.ts';
import { MARKER_NAME } from '../process-table.ts';
import { parseMatchers } from './matcher-config.ts';
import { setOwn } from './own-property.ts';
import { failed, type StepCall, type StepOutcome, SUCCESS } from './step-call.ts';

/** Executes a part of an action that is built in. */
export async function runBuiltinPart(
  call: StepCall,
  { action }: BuiltinResolved,
  part: 'main' | 'post',
  inputs: Readonly<Record<string, string>>,
): Promise<StepOutcome> {
  const context = contextOf(call, inputs);
  call.job.hasBegun = true;
  const work = part === 'main' ? action.main(context) : (action.post?.(context) ?? Promise.resolve(DONE));
  work.catch(() => {}); // it may be given up before it is over
  const end = await Promise.race([work, givenUp(call)]);
  call.job.log.flush();
  return outcomeOf(end);
}

/** How long it may take to end, after it was asked to, in milliseconds. */
const GIVE_UP_MS = 10_000;

async function givenUp({ job }: StepCall): Promise<BuiltinEnd> {
  await job.whenInterrupted;
  const waited = new Promise<void>((resolve) => job.options.clock.after(GIVE_UP_MS, resolve));
  await Promise.race([waited, job.steps.whenKilled]);
  return { conclusion: 'error', reason: 'it did not end when it was asked to' };
}

function outcomeOf({ conclusion, reason }: BuiltinEnd): StepOutcome {
  return conclusion === 'success' ? SUCCESS : failed(reason ?? 'it could not be done', conclusion);
}

function contextOf(call: StepCall, inputs: Readonly<Record<string, string>>): BuiltinContext {
  const { job, scope, index, outputs, state } = call;
  const { options, log, masks } = job;
  const { workspace, temp, toolCache, caches } = options.places;
  const github = job.github(scope, call.github);
  const env = { ...job.processEnv(call.env, github), [MARKER_NAME]: options.env[MARKER_NAME] ?? '' };
  return {
    ...{
      inputs,
      env,
      workspace,
      isUntouched: !job.hasBegun,
      temp,
      toolCache,
      caches,
      github,
      state,
      order: options.order,
    },
    log: (line) => log.outputLine(line),
    setOutput: (name, value) => setOwn(outputs, name, value),
    setEnv: (name, value) => job.setEnv(scope, name, value),
    addPath: (folder) => job.addPath(folder),
    saveState: (name, value) => setOwn(state, name, value),
    annotate: (annotation) => job.annotate({ ...annotation, step: index }),
    addMatchers: (json) => job.matchers.add(parseMatchers(json)),
    mask: (secret) => masks.add(secret),
    exec: async (command, { cwd = workspace, env: more = {} } = {}) => {
      const end = await job.steps.execute({ command, cwd, env: { ...env, ...more }, isInterrupted: true });
      if (end.kind === 'exited') return end.exit;
      throw new ActionError(end.reason);
    },
    artifacts: options.artifacts ?? NO_ARTIFACTS,
    stopped: job.whenInterrupted,
    settings: options.workflow.actions,
    urlOf: options.urlOf,
  };
}

const nobody = () => Promise.reject(new ActionError('there is nobody here who keeps artifacts'));
const NO_ARTIFACTS: ArtifactClient = { upload: nobody, list: nobody, open: nobody };
