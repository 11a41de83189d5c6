import { createHash } from 'node:crypto';
import type { WireRepository } from '../protocol/wire-repository.ts';
import type { Clock } from '../support/clock.ts';
import type { AccountRests } from './account-rests.ts';
import type { ForgeApis, PlaceAtForge } from './forge-api.ts';

/** What is needed to ask forges whether refs moved. */
export interface RefNewsOptions {
  readonly apis: Pick<ForgeApis, 'placeOf'>;
  readonly rests: AccountRests;
  readonly clock: Clock;
}

/** Where it could not be told, it is not asked again for so long, in milliseconds; git is. */
const BLIND_MS = 600_000;

/** A question whose answer is the same as before where no branch and no tag moved. */
interface Question {
  readonly route: `GET /${string}`;
  readonly parameters: Readonly<Record<string, string | number>>;
}

/** Empty: nobody is asked. Bitbucket's API is dearer than git: it takes 1,000 questions an hour. */
function questionsFor({ kind, owner, repo, path }: PlaceAtForge): readonly Question[] {
  switch (kind) {
    case 'github':
      return ['heads', 'tags'].map((what) => ({
        route: 'GET /repos/{owner}/{repo}/git/matching-refs/{what}',
        parameters: { owner, repo, what },
      }));
    case 'gitea':
    case 'forgejo':
      return [{ route: 'GET /repos/{owner}/{repo}/git/refs', parameters: { owner, repo } }];
    case 'gitlab':
      return [{ route: 'GET /projects/{path}/events', parameters: { path, action: 'pushed', per_page: 1 } }];
    case 'bitbucket':
    case 'bitbucket_data_center':
      return [];
    default:
      return kind satisfies never;
  }
}

/** What was heard of one repository. */
interface Heard {
  readonly digests: Map<string, string>;
  /** Git is asked once more: what an API knows, the server with the objects may learn a moment later. */
  isFresh: boolean;
  blindUntilMs: number;
}

/**
 * Asks the API of a forge whether anything can have moved, with conditional requests: what has not changed costs neither
 * side a process, and GitHub nothing of the rate limit. It only wakes: what moved, and where to, git says.
 */
export class RefNews {
  readonly #options: RefNewsOptions;
  readonly #heard = new Map<string, Heard>();

  constructor(options: RefNewsOptions) {
    this.#options = options;
  }

  /** Could refs have moved since the last call? Yes, too, where nobody can be asked; never rejected. */
  async hasNews(repository: Pick<WireRepository, 'id' | 'sources' | 'credential'>): Promise<boolean> {
    const { apis, rests, clock } = this.#options;
    const heard = this.#heardOf(`${repository.id} ${repository.sources.join(' ')}`);
    if (heard.blindUntilMs > clock.monotonicMs()) return true;
    const place = await apis.placeOf(repository).catch(() => undefined); // git says what is wrong with the token
    if (place === undefined || rests.isResting(place)) return true;
    const questions = questionsFor(place);
    if (questions.length === 0) return true;
    try {
      const isNews = await this.#isOther(place, questions, heard);
      const wasFresh = heard.isFresh;
      heard.isFresh = isNews;
      return isNews || wasFresh;
    } catch (error) {
      rests.note(place, error);
      heard.digests.clear(); // what was answered before the error is news still
      place.client.forget();
      if (!rests.isResting(place)) heard.blindUntilMs = clock.monotonicMs() + BLIND_MS;
      return true;
    }
  }

  async #isOther(
    { client, headers }: PlaceAtForge,
    questions: readonly Question[],
    { digests }: Heard,
  ): Promise<boolean> {
    let isOther = false;
    for (const { route, parameters } of questions) {
      const key = JSON.stringify(parameters);
      const answer = await client.get(route, parameters, { headers, isConditional: true });
      if (answer === undefined) continue;
      // not every forge has ETags
      const digest = createHash('sha256').update(JSON.stringify(answer.data)).digest('hex');
      if (digests.get(key) !== digest) isOther = true;
      digests.set(key, digest);
    }
    return isOther;
  }

  #heardOf(key: string): Heard {
    const heard = this.#heard.get(key) ?? { digests: new Map(), isFresh: false, blindUntilMs: 0 };
    this.#heard.set(key, heard);
    return heard;
  }
}
