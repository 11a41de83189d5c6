import { type Config, settingsOf } from '../config/config.ts';
import type { ObjectReader } from '../git/object-reader.ts';
import type { Plan } from '../model/plan.ts';
import type { RepositoryRecord } from '../store/repositories.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Logger } from '../support/logger.ts';
import { FOUND_WORKFLOW, findTests } from '../workflow/find-tests.ts';
import { Bounded } from './bounded.ts';

/** Plans that are kept: a rebase, a revert or a merge often brings back a tree that was planned before. */
const MAX_PLANS = 500;

/** Finds the tests of commits that have no workflow file; those of a tree are looked for once. */
export class FoundTests {
  readonly #config: Pick<Config, 'defaults' | 'repositories'>;
  readonly #logger: Logger;
  readonly #plans = new Bounded<string, Promise<Plan>>(MAX_PLANS);

  constructor(options: { readonly config: Pick<Config, 'defaults' | 'repositories'>; readonly logger: Logger }) {
    this.#config = options.config;
    this.#logger = options.logger;
  }

  /** Settings are part of the key: the same tree in another repository may have another folder with tests. */
  planOf({ name }: RepositoryRecord, reader: ObjectReader, tree: string): Promise<Plan> {
    const { dir, envPass, logLimitBytes, timeoutMs, reports, retryJobs } = settingsOf(this.#config, name);
    const settings = { dir, envPass, logLimitBytes, timeoutMs, reports, retryJobs };
    const key = `${tree} ${JSON.stringify(settings)}`;
    const known = this.#plans.get(key);
    if (known !== undefined) return known;
    const plan = findTests(reader.treeReader(tree), settings);
    this.#plans.set(key, plan);
    plan.catch(() => this.#plans.delete(key));
    return plan.catch((error: unknown) => {
      this.#logger.error({ err: error, repository: name, tree }, 'could not look for tests');
      const words = `the tests could not be looked for: ${messageOf(error)}`;
      return { workflow: FOUND_WORKFLOW, keyRef: '', jobs: [], error: words };
    });
  }
}
