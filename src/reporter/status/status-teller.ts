import type { ForgeSettings } from '../../config/config.ts';
import { forgeOf } from '../../config/forge-of.ts';
import type { ApiEvent, ApiRun } from '../../protocol/api-schema.ts';
import type { Facts, Message, Teller } from '../message.ts';
import { draftCheck } from './check-draft.ts';
import { describeRun, standsFor, stateOf } from './describe.ts';
import type { StatusBody } from './status-body.ts';

/** Kind of the sinks of commit statuses. */
export const STATUS_KIND = 'status';

/** Longest name of a workflow in a context, in characters; the shortest of the forges' limits is 255. */
const WORKFLOW = 200;

/** `run.sourced`: the forge may have told of a commit now that it did not have before. */
const TYPES: ReadonlySet<string> = new Set(['run.queued', 'run.started', 'run.completed', 'run.sourced']);

/** A forge that is told. */
export interface ToldForge extends ForgeSettings {
  /** There may be an App that can make checks, which say more than a status. */
  readonly hasChecks?: boolean;
}

/**
 * Tells forges of each workflow at each commit, under the context `signalbox/<workflow>`: what it is when the event is told,
 * so that a forge that was away gets the end and not the way there.
 */
export class StatusTeller implements Teller {
  readonly name = 'commit statuses';
  readonly #forges: () => Promise<readonly ToldForge[]>;

  /** `forges`: those that are to be told; asked each time, since a GitHub App may be made meanwhile. */
  constructor(forges: () => Promise<readonly ToldForge[]>) {
    this.#forges = forges;
  }

  concerns({ type, run, repository }: ApiEvent): boolean {
    return TYPES.has(type) && run !== null && repository !== null;
  }

  async tell(event: ApiEvent, facts: Facts): Promise<readonly Message[]> {
    const name = event.repository ?? '';
    const forges = await this.#forges();
    if (forges.length === 0) return [];
    const repository = await facts.repository(name);
    const home = forgeOf(repository?.sources ?? [], forges);
    if (home === undefined) return [];
    const told = await facts.run(event.run ?? 0);
    if (told === undefined) return [];
    const { workflow } = told;
    const sha = shownAt(told);
    const there = (await facts.runsOf(name, sha)).filter((one) => shownAt(one) === sha);
    const stands = standsFor(there, workflow) ?? told;
    const run = stands.id === told.id ? told : await facts.run(stands.id);
    if (run === undefined) return [];
    const context = `signalbox/${[...workflow].slice(0, WORKFLOW).join('')}`;
    const body: StatusBody = {
      ...{ forge: home.forge.url, path: home.path, sha, context },
      ...{ state: stateOf(run), description: describeRun(run), url: run.html_url, ref: run.ref },
    };
    const full = (home.forge as ToldForge).hasChecks === true ? { ...body, check: draftCheck(run) } : body;
    const subject = `${home.path}@${sha} ${context}`;
    const key = `${subject} #${event.id} ${event.at}`;
    return [
      {
        sink: `${STATUS_KIND}:${home.forge.url.replace(/^https?:\/\//, '')}`,
        key,
        subject,
        repository: name,
        body: full,
      },
    ];
  }
}

/** Where a forge shows it: what was merged of a pull request for its test is no commit that anybody looks at. */
function shownAt({ sha, head_sha: head }: Pick<ApiRun, 'sha' | 'head_sha'>): string {
  return head ?? sha;
}
