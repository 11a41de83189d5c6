import { ActionError, type ActionPlaces, type ResolvedAction } from './action.ts';

/**
 * Finds what a `uses` names: `./path`, `owner/repo[/path]@ref`, `docker://image`. Built-in ones come before any network.
 * @throws {ActionError} in words, if it cannot be had.
 */
export async function resolveAction(uses: string, where: ActionPlaces): Promise<ResolvedAction> {
  where.log(`[signalbox] looking for the action ${uses}`);
  throw new ActionError(`the action ${uses} cannot be had by this version`);
}
