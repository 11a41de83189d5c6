import type { Request } from 'express';
import type { Config } from '../config/config.ts';
import type { LogStore } from '../store/log-store.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import type { Credentials } from '../support/http-credentials.ts';
import type { Logger } from '../support/logger.ts';
import type { ApiDocumentSource } from './api-document.ts';
import type { Assets } from './assets.ts';
import type { DeliveriesReader } from './deliveries-reader.ts';
import type { EventHub } from './event-hub.ts';
import type { Home } from './home.ts';
import type { LogReaders } from './log-readers.ts';
import type { Notifications } from './notifications.ts';
import type { OpenPages } from './open-pages.ts';
import type { Operations } from './operations.ts';
import type { ReporterHeard } from './reporter-heard.ts';
import type { Verdicts } from './verdicts.ts';

/** What the web needs of the configuration; without the rest it takes no verdicts of `signalbox run`. */
export type WebConfig = Pick<Config, 'home' | 'publicUrl'> &
  Partial<Pick<Config, 'http' | 'publicBadges' | 'defaults' | 'repositories' | 'forges'>>;

/** What every route can reach. */
export interface WebContext {
  readonly store: Store;
  readonly logs: LogStore;
  readonly operations: Operations;
  readonly config: WebConfig;
  readonly credentials: Credentials;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly hub: EventHub;
  readonly openPages: OpenPages;
  readonly verdicts: Verdicts;
  readonly description: ApiDocumentSource;
  /** Of whoever made the app, where others want to know, too. */
  readonly reporter?: ReporterHeard;
  /** Absent where no server runs. */
  readonly notifications?: Notifications;
  /** Who has this server, by name: whoever looks at its pages on this machine is likely to be the same. */
  readonly person?: string;
  readonly home: Home;
  readonly assets: Assets;
  readonly logReaders: LogReaders;
  readonly deliveries?: DeliveriesReader;
}

/** The address to put before a path in what is answered: `public_url`, or the name that was asked (it is one of ours). */
export function baseUrl(context: Pick<WebContext, 'config'>, request: Request): string {
  return context.config.publicUrl?.replace(/\/+$/, '') ?? `http://${request.headers.host}`;
}
