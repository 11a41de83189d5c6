import type { Json, StepDefinition } from '../../model/workflow.ts';
import { ActionError, type ActionPlaces, remoteParts } from '../actions/action.ts';
import { resolveAction } from '../actions/resolve.ts';
import { type ActionUse, newScope, type StepScope } from './scope.ts';

/** Composite actions may use one another as deep as this; as on GitHub. */
const MAX_DEPTH = 10;

/** Looks for the actions of steps. */
export class ActionUses {
  readonly #places: ActionPlaces;

  constructor(places: ActionPlaces) {
    this.#places = places;
  }

  /**
   * Looks for all that come from elsewhere, those that composite actions use included, so that their first parts are
   * known. One that cannot be had is a matter of the step that uses it, which may never be executed.
   */
  async lookAhead(scope: StepScope, steps: readonly StepDefinition[]): Promise<void> {
    const found = steps.flatMap((step) => (remoteParts(step.uses ?? '') === undefined ? [] : [this.of(scope, step)]));
    await Promise.allSettled(found);
  }

  /** The action of a step; looked for once. @throws {ActionError} */
  of(scope: StepScope, step: StepDefinition): Promise<ActionUse> {
    const known = scope.uses.get(step) ?? this.#find(scope, step);
    scope.uses.set(step, known);
    return known;
  }

  async #find(parent: StepScope, step: StepDefinition): Promise<ActionUse> {
    const uses = step.uses ?? '';
    const action = await resolveAction(uses, this.#places);
    const use = { step, uses, action, state: {} };
    if (action.kind !== 'composite') return use;
    const depth = parent.depth + 1;
    if (depth > MAX_DEPTH)
      throw new ActionError(`${uses} is nested too deep: composite actions may be ${MAX_DEPTH} deep`);
    const github = { ...partsOf(uses), action_path: action.folder };
    const scope = newScope({ path: action.path, depth, inputs: {}, github });
    await this.lookAhead(scope, action.steps);
    return { ...use, scope };
  }
}

/** What the `github` context says of an action while it is executed. */
export function githubOf({ uses, action }: ActionUse): { readonly [name: string]: Json } {
  const folder = action.kind === 'builtin' ? undefined : action.folder;
  return { ...partsOf(uses), action_path: folder ?? '' };
}

function partsOf(uses: string): { readonly [name: string]: Json } {
  const parts = remoteParts(uses);
  if (parts === undefined) return { action_repository: '', action_ref: '' };
  return { action_repository: `${parts.owner}/${parts.repository}`, action_ref: parts.ref };
}
