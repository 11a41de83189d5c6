import { join } from 'node:path';
import { type Config, DEFAULT_ACTIONS, settingsOf } from '../config/config.ts';
import type { TokenMaker } from '../config/host-tokens.ts';
import { Mirrors } from '../git/mirror.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import { Commits } from './commits.ts';
import { DefaultBranches } from './default-branches.ts';
import { FoundTests } from './found-tests.ts';
import { MirrorFollower } from './mirror-follower.ts';
import { Planner } from './planner.ts';
import { Registry } from './registry.ts';
import { RemoteWorkflows } from './remote-workflows.ts';
import { RepositoryRefs } from './repository-refs.ts';
import { ReusePlans } from './reuse-plans.ts';
import { SourceAccess } from './source-access.ts';
import { WorkflowFiles } from './workflow-files.ts';

/** What the parts that read repositories need. */
export interface RepositoryPartsOptions {
  readonly home: string;
  readonly store: Store;
  readonly config: Pick<Config, 'defaults' | 'repositories'> & Partial<Pick<Config, 'labels' | 'actions' | 'forges'>>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the page is. Default: ''. */
  readonly serverUrl?: () => string;
  /** Makes tokens for clone and fetch where a forge has none of its own. */
  readonly makeToken?: TokenMaker;
}

/** Where commits are, and what there is to do for them. */
export type RepositoryParts = ReturnType<typeof makeRepositoryParts>;

/** Makes what knows where commits are, and reads what there is to do for them. */
export function makeRepositoryParts({
  home,
  store,
  config,
  clock,
  logger,
  serverUrl = () => '',
  makeToken,
}: RepositoryPartsOptions) {
  const access: SourceAccess = new SourceAccess({
    ...{ home, logger, makeToken, credentials: store.credentials, forges: config.forges ?? [] },
    repositoryAt: async (source) => (await registry.list()).find((one) => one.sources.includes(source))?.id,
  });
  const accessOf = access.of;
  const mirrors = new Mirrors({ home, logger, accessOf });
  const commits = new Commits({ logger, mirrors });
  const branches = new DefaultBranches({ clock, logger, accessOf });
  const registry: Registry = new Registry({ store, config, clock, access });
  const refs = new RepositoryRefs({ mirrors, branches });
  const repository = async (name: string) => (await registry.list()).find((one) => one.name === name);
  const settings = config.actions ?? DEFAULT_ACTIONS;
  const watched = { commits, refs, repository };
  const remote = new RemoteWorkflows({ folder: join(home, 'workflows'), settings, clock, watched });
  const files = new WorkflowFiles((uses) => remote.load(uses));
  const tests = new FoundTests({ config, logger });
  const hasWorkflows = (name: string) => settingsOf(config, name).workflows === 'auto';
  const reuse = new ReusePlans(config);
  const vars = (repository: number) => store.vault.varsFor(repository);
  return {
    ...{ access, mirrors, commits, branches, registry, refs, files },
    planner: new Planner({
      ...{ clock, logger, commits, branches, files, tests },
      hasWorkflows,
      reuse,
      vars,
      serverUrl,
    }),
    follower: new MirrorFollower({ clock, logger, mirrors }),
  };
}
