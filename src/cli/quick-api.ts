import { findHome } from '../config/load-home.ts';
import { runGit } from '../git/git.ts';
import { Api } from '../protocol/api.ts';
import { readAddress } from './home.ts';

/** How long a server may take to answer a prompt or a completion, in milliseconds: someone waits with the hands on the keys. */
const PATIENCE_MS = 500;

/** Where and how a quick command is typed. */
export interface QuickSurroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Default: 500. */
  readonly patienceMs?: number;
}

/** Where the server of someone's home is, asked without reading the configuration, which takes longer than the answer. */
export interface QuickApi {
  /** The parsed answer; undefined if no server answers in time, or it says no. */
  get(path: string): Promise<Record<string, unknown> | undefined>;
}

/** The server of the home that is meant here. Nothing is changed, no lock is taken and no credentials are sent. */
export async function quickApi(
  home: string | undefined,
  { env, cwd, patienceMs = PATIENCE_MS }: QuickSurroundings,
): Promise<QuickApi> {
  const folder = await findHome({ flag: home, env, cwd, repositoryHome: () => homeHere(cwd) });
  const address = await readAddress(folder).catch(() => undefined);
  return {
    async get(path) {
      if (address === undefined) return undefined;
      try {
        const answer = await new Api(address.http, '').open(path, {}, AbortSignal.timeout(patienceMs));
        const parts: Buffer[] = [];
        for await (const part of answer) parts.push(Buffer.from(part));
        return JSON.parse(Buffer.concat(parts).toString('utf8'));
      } catch {
        return undefined; // no server, a slow one, or one that says no: there is nothing to show
      }
    },
  };
}

async function homeHere(cwd: string): Promise<string | undefined> {
  try {
    const home = await runGit(['config', '--local', '--get', 'signalbox.home'], { cwd });
    return home.toString('utf8').replace(/\n$/, '') || undefined;
  } catch {
    return undefined;
  }
}
