import { userInfo } from 'node:os';
import { runGit } from './git.ts';

/** Letters of a name. */
const MOST = 100;

/** Who uses this machine: as git's own configuration names them, else by the name of the user. Only a guess. */
export async function personHere(): Promise<string> {
  const said = await runGit(['config', '--get', 'user.name'], { asUser: true, timeoutMs: 2_000 }).catch(
    () => undefined,
  );
  const name = said?.toString('utf8').trim().slice(0, MOST) ?? '';
  return name === '' ? userInfo().username : name;
}
