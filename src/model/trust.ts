import type { Json } from './workflow.ts';

/** Why what a stranger wrote is given to no runner. */
export const FROM_A_FORK =
  'from a fork: it waits for the approval of a person ("signalbox approve"), who has read what it would run';

/** What an approval means, in words for whoever gives it. */
export const UNSANDBOXED_MEANS =
  'this run is code of a stranger, and there is no sandbox: it would run as the user of the runner, who can read all that this ' +
  'user can (the home of Signalbox with its token and the key of the secrets, ssh keys, other workspaces), and reach the ' +
  'network';

/** The same, with how it is said in a terminal and to the API. */
export const UNSANDBOXED = `${UNSANDBOXED_MEANS}; read the change first, and then say so: --unsandboxed, or {"unsandboxed":true}`;

/**
 * Did somebody who cannot write to the repository bring what an event would run? So it is with pull requests from forks,
 * and with those whose payload does not say where they are from.
 * @param event as workflow files call it. @param payload as a forge sends it.
 */
export function isFromFork(event: string, payload: { readonly [key: string]: Json }): boolean {
  if (!event.startsWith('pull_request')) return false;
  const pull = payload.pull_request as { readonly head?: Side; readonly base?: Side } | undefined;
  const [head, base] = [nameOf(pull?.head), nameOf(pull?.base) ?? nameOf({ repo: payload.repository as Repository })];
  return head === undefined || head !== base;
}

type Repository = { readonly full_name?: Json } | null | undefined;

interface Side {
  readonly repo?: Repository;
}

function nameOf(side: Side | undefined): string | undefined {
  const name = side?.repo?.full_name;
  return typeof name === 'string' ? name : undefined;
}
