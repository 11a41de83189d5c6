import type { ApiEvent, ApiRepository, ApiRun, ApiRunDetail } from '../protocol/api-schema.ts';
import { CiError } from '../support/ci-error.ts';

/** JSON that goes into the outbox. Never a token or a password: the outbox is a file. */
export type Body = { readonly [name: string]: unknown };

/** Something to be told to somebody outside. */
export interface Message {
  /**
   * Kind and target, `mail:smtp` or `webhook:3f2a…`: what is down or well as one. Each has a lane of its own in the outbox,
   * so make it as fine as what fails together. No secret in it: people see it.
   */
  readonly sink: string;
  /**
   * What this message is, once and for all. One whose key is in its sink already, waiting or sent, is dropped; one that was
   * given up may come again. Numbers of events and runs begin anew with a new database: let the commit be in it, too. The sink tells it to the other side where it takes one (a Message-ID, an idempotency key).
   */
  readonly key: string;
  /** What it is about. A message that was not sent yet gives way to a newer one about the same, and is never sent. */
  readonly subject?: string;
  /** Those of one bundle that are due are given to the sink together, 100 at most, the oldest first: a digest. */
  readonly bundle?: string;
  /** Repository that it speaks of, for people. */
  readonly repository?: string;
  readonly body: Body;
  /** Not before this moment: quiet hours, a digest. */
  readonly notBefore?: Date;
}

/** The facts behind an event, read from the server's API as they are now, which may be later than the event. */
export interface Facts {
  /** A run with its jobs; undefined: it is gone. */
  run(id: number): Promise<ApiRunDetail | undefined>;
  /** All runs of a commit in a repository, newest first, at most 100. */
  runsOf(repository: string, sha: string): Promise<readonly ApiRun[]>;
  /** A watched repository, by full name; undefined: it is not watched any more. */
  repository(name: string): Promise<ApiRepository | undefined>;
  /** Anything else of the API: `GET path`, not checked; undefined for 404. */
  get(path: string): Promise<unknown>;
  /** Bytes of a text, a log: from `start` up to `end` (exclusive); undefined where there are none. */
  text(path: string, start: number, end: number): Promise<string | undefined>;
}

/** What a teller remembers from one event to the next. Written in one transaction with the messages that it led to. */
export interface Memory {
  /** What was remembered under this name; undefined: nothing. JSON, to be checked. */
  recall(name: string): Promise<unknown>;
  /** Remembers a value of JSON, or forgets it (null). Holds only if `tell` is fulfilled. */
  remember(name: string, value: Body | null): void;
  /** All names that begin so. */
  names(beginning: string): Promise<readonly string[]>;
}

/** Makes messages of what happened. */
export interface Teller {
  /** For the log. */
  readonly name: string;
  /** Is this event of interest? Asked for each one: cheap. */
  concerns(event: ApiEvent): boolean;
  /**
   * What is to be told. Called at least once for each event that concerns it, in order; it may throw what the facts throw,
   * and is then asked again. What it throws beside that is a bug: it is logged, and the event is passed over.
   */
  tell(event: ApiEvent, facts: Facts, memory: Memory): Promise<readonly Message[]>;
}

/** What a sink is told beside the body. */
export interface Sending {
  /** `Message.sink`. */
  readonly sink: string;
  readonly key: string;
  /** 1 for the first try; tries that a crash cut short are not counted. */
  readonly attempt: number;
  /** When what is sent was put together: a message by itself when it was made, one that was held with others at this try. */
  readonly composedAt: Date;
  /** Of the same bundle, newer than `body`; empty for what has none. */
  readonly more: readonly Body[];
  /** Aborted when it takes too long, or the reporter stops: end the connection then. */
  readonly signal: AbortSignal;
}

/** Brings messages to one kind of target. */
export interface Sink {
  /**
   * Fulfilled when the other side has it. Called for one message of a lane at a time. At least once for each message: after
   * a crash again, with the same key.
   * @throws {RetryLaterError} {GiveUpError} {SinkDownError}; anything else is taken for a RetryLaterError, and logged as a bug.
   */
  send(body: Body, sending: Sending): Promise<void>;
}

/** When something is tried again. */
export interface RetryOptions extends ErrorOptions {
  /** Not before so many milliseconds: `Retry-After`. Default: a growing wait. */
  readonly afterMs?: number | undefined;
}

/** More of a message that is tried again. */
export interface RetryLaterOptions extends RetryOptions {
  /** Given up at this age already, in milliseconds; default: that of the outbox. */
  readonly giveUpAfterMs?: number | undefined;
  /** The sink does what it should, and this message has to wait for something else. Several failures in a row of messages for
   * which this is not said make a sink that is down. */
  readonly isSinkWell?: boolean | undefined;
}

/** This message cannot be taken now; others may. It is tried again after a growing wait. */
export class RetryLaterError extends CiError {
  override readonly name = 'RetryLaterError';
  readonly code = 'E_SINK_RETRY';
  readonly afterMs: number | undefined;
  readonly giveUpAfterMs: number | undefined;
  readonly isSinkWell: boolean;
  constructor(message: string, options: RetryLaterOptions = {}) {
    const { afterMs, giveUpAfterMs, isSinkWell = false, ...rest } = options;
    super(message, rest);
    this.afterMs = afterMs;
    this.giveUpAfterMs = giveUpAfterMs;
    this.isSinkWell = isSinkWell;
  }
}

/** This message will never be taken; the words say why. */
export class GiveUpError extends CiError {
  override readonly name = 'GiveUpError';
  readonly code = 'E_SINK_REFUSED';
}

/** Nothing can be sent there now: unreachable, its quota is used up, it does not know our token. */
export class SinkDownError extends CiError {
  override readonly name = 'SinkDownError';
  readonly code = 'E_SINK_DOWN';
  readonly afterMs: number | undefined;
  constructor(message: string, { afterMs, ...rest }: RetryOptions = {}) {
    super(message, rest);
    this.afterMs = afterMs;
  }
}
