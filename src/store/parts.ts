import { EventLog } from './event-log.ts';
import { Lanes } from './lanes.ts';
import { RepositoryCache } from './repositories.ts';
import { Specs } from './specs.ts';

/** What the operations of one store share: the event log, and memories of rows that do not change. */
export interface StoreParts {
  readonly events: EventLog;
  readonly lanes: Lanes;
  readonly specs: Specs;
  readonly repositories: RepositoryCache;
}

/** The parts of a store that was just opened. */
export function createParts(): StoreParts {
  return { events: new EventLog(), lanes: new Lanes(), specs: new Specs(), repositories: new RepositoryCache() };
}
