import { messageOf } from '../support/ci-error.ts';
import { AccessDeniedError, GitError, UnreachableError } from './git.ts';
import { withoutPassword } from './source.ts';

const SERVER = '"actions: { server: … }" in signalbox.yml';

/**
 * Why something cannot be fetched from the server that actions and called workflows come from, and what helps:
 * `URL (why); what to do`.
 */
export function whyNotFetched(url: string, error: unknown): string {
  const [why, help] = reasonOf(error);
  return `${withoutPassword(url)} (${withoutPassword(why)}); ${help}`;
}

function reasonOf(error: unknown): readonly [why: string, help: string] {
  if (error instanceof UnreachableError)
    return [error.said, `this machine needs a way to that server, or a mirror of it that ${SERVER} names`];
  if (error instanceof AccessDeniedError)
    return ['it is not there, or not for everybody', `is the name right? another server is named by ${SERVER}`];
  const said = error instanceof GitError ? (error.detail.trim().split('\n').at(-1) ?? '') : messageOf(error);
  return [said, `is the name right? another server is named by ${SERVER}`];
}
