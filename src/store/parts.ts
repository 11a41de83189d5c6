import type { Expander } from '../model/expansion.ts';
import { createDocuments, createSpecs, type Documents } from './documents.ts';
import { EventLog } from './event-log.ts';
import { KnownLabels } from './known-labels.ts';
import { Lanes } from './lanes.ts';
import { RepositoryCache } from './repositories.ts';
import { Signal } from './signal.ts';
import type { Session } from './statement.ts';
import type { Tables } from './tables.ts';
import { readVars } from './vault-rows.ts';

/** An execution that is to end: its runner is to be told. */
export interface CancelledExecution {
  readonly job: number;
  readonly execution: number;
  readonly runner: string;
  /** In words. */
  readonly why: string;
  /** Was it asked for once more? Then nothing of it goes on. */
  readonly isForced: boolean;
}

/** What the expansion of workflow files needs from outside the store. */
export interface ExpansionParts {
  /** Without one, a workflow's job ends with conclusion `error`. */
  readonly expander?: Expander;
  /** Where the page is; default: ''. */
  readonly serverUrl?: () => string;
}

/** What the operations of one store share: the event log, and memories of rows that do not change. */
export interface StoreParts extends ExpansionParts {
  readonly events: EventLog;
  readonly lanes: Lanes;
  readonly specs: ReturnType<typeof createSpecs>;
  readonly documents: Documents<object>;
  readonly repositories: RepositoryCache;
  readonly knownLabels: KnownLabels;
  /** Executions that are to end; told after the commit. */
  readonly cancelled: Signal<CancelledExecution>;
  /** Jobs of workflow files, or such that waited, joined the queue; told after the commit. */
  readonly queued: Signal<void>;
  /** The variables that a repository's workflows see; with `environment`, those of its environment too. */
  varsOf(session: Session<Tables>, repository: number, environment?: string): Promise<Readonly<Record<string, string>>>;
}

/** The parts of a store that was just opened. */
export function createParts({ expander, serverUrl }: ExpansionParts = {}): StoreParts {
  return {
    ...(expander === undefined ? {} : { expander }),
    ...(serverUrl === undefined ? {} : { serverUrl }),
    events: new EventLog(),
    lanes: new Lanes(),
    specs: createSpecs(),
    documents: createDocuments(),
    repositories: new RepositoryCache(),
    knownLabels: new KnownLabels(),
    cancelled: new Signal(),
    queued: new Signal(),
    varsOf: readVars,
  };
}
