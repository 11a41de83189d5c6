import { askClassic, encodeResults, NoClassicAnswerError } from '../protocol/classic.ts';
import { backoffMs } from '../support/backoff.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import type { ClassicOutbox, ClassicResult } from './classic-outbox.ts';
import { CLASSIC_HOST } from './classic-port.ts';

/** What {@link ClassicLink} needs. */
export interface ClassicLinkOptions {
  readonly dispatcher: { readonly host: string; readonly port: number };
  /** Port of the runner, to be registered. */
  readonly port: number;
  readonly outbox: ClassicOutbox;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A result was delivered or set aside, or the dispatcher could not be reached. */
  readonly onChanged: () => void;
}

/** How often we look whether there is something to do, in milliseconds. */
const LOOK_MS = 1_000;
/** A dispatcher pings every second or two: after so long a silence it is asked whether it is there, in milliseconds. */
const SILENCE_MS = 5_000;
/** One that is there and has not pinged for so long since we found that out does not know us (any more), in ms. */
const UNKNOWN_MS = 2_500;
/** It may have to write 100 MB to its disk before it says OK, in milliseconds. */
const RESULTS_MS = 60_000;
/** The longest wait between two tries to deliver a result that was refused, in milliseconds. */
const MAX_REFUSED_WAIT_MS = 600_000;
/** The chapter's dispatcher notes whom it gave a commit shortly after our OK, in milliseconds. */
const RECALL_MS = 500;
/** So often refused by a dispatcher that is there (that is half a day), a result is set aside. */
const MAX_REFUSALS = 100;

/** A first refusal may come of haste: the chapter's dispatcher notes whom it gave a commit after it was answered. */
const REFUSALS_TO_RECALL = 2;

interface Refusals {
  readonly count: number;
  readonly againAtMs: number;
}

/** The runner's side of the conversation: registers with the dispatcher, and delivers results to it. */
export class ClassicLink {
  readonly #options: ClassicLinkOptions;
  readonly #refusals = new Map<string, Refusals>();
  /** Commits that the dispatcher was asked to give us again, since it knows nothing of them. */
  readonly #recalled = new Set<string>();
  #cancel: (() => void) | undefined;
  #turn: Promise<void> | undefined;
  #isWanted = false;
  #isStopped = false;
  #isRegistered = false;
  /** Tries in a row in which the dispatcher could not be reached, or did not take our registration. */
  #failures = 0;
  #heardAtMs = Number.NEGATIVE_INFINITY;
  /** Since when it answers us and says nothing by itself. */
  #silentSinceMs: number | undefined;
  #lastWords = '';

  constructor(options: ClassicLinkOptions) {
    this.#options = options;
  }

  /** Could it be reached at the last try? */
  get isConnected(): boolean {
    return this.#failures === 0;
  }

  start(): void {
    this.wake();
  }

  /** Ends it; what is under way has its end. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    await this.#turn;
  }

  /** The dispatcher has said something: it knows us. */
  heard(): void {
    this.#heardAtMs = this.#options.clock.monotonicMs();
    this.#silentSinceMs = undefined;
    if (!this.isConnected) this.wake();
  }

  /** There is something to deliver. */
  wake(): void {
    if (this.#isStopped) return;
    this.#isWanted = true;
    this.#turn ??= this.#turns().finally(() => {
      this.#turn = undefined;
      if (this.#isWanted) this.wake();
    });
  }

  /** The dispatcher gives out a commit; is that because we asked for it, to deliver a result that we have? */
  isRecalled(sha: string): boolean {
    if (!this.#recalled.delete(sha)) return false;
    const result = this.#options.outbox.results.find((one) => one.sha === sha);
    const { count = 0 } = this.#refusals.get(result?.name ?? '') ?? {};
    if (result === undefined) return false;
    this.#refusals.set(result.name, { count, againAtMs: this.#options.clock.monotonicMs() + RECALL_MS });
    return true;
  }

  async #turns(): Promise<void> {
    this.#cancel?.();
    while (this.#isWanted && !this.#isStopped) {
      this.#isWanted = false;
      await this.#talk();
    }
    if (this.#isStopped) return;
    const waitMs = this.isConnected ? LOOK_MS : backoffMs(this.#failures - 1, { firstMs: 250 });
    this.#cancel = this.#options.clock.after(waitMs, () => this.wake());
  }

  /** Results first: one that comes after our registration would be nobody's, since who registers has no job. */
  async #talk(): Promise<void> {
    const due = this.#due();
    const isSilent = this.#silenceMs() > SILENCE_MS;
    if (due.length === 0 && this.#isRegistered && !isSilent) return this.#reached();
    if (!(await this.#isThere())) return this.#failed('it does not answer');
    for (const result of due) await this.#deliver(result);
    if (this.#isRegistered && !(isSilent && this.#isForgotten())) this.#reached();
    else if (!this.#isStopped) await this.#register();
  }

  async #isThere(): Promise<boolean> {
    return (await this.#ask('status').catch(() => '')) === 'OK';
  }

  #isForgotten(): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    this.#silentSinceMs ??= nowMs;
    return nowMs - this.#silentSinceMs >= UNKNOWN_MS;
  }

  async #register(): Promise<void> {
    const { logger, port } = this.#options;
    const answer = await this.#ask(`register:${CLASSIC_HOST}:${port}`).catch(messageOf);
    if (answer !== 'OK') return this.#failed(answer);
    this.#isRegistered = true;
    this.heard();
    this.#reached();
    logger.info({ port, dispatcher: this.#where }, 'registered with the dispatcher');
  }

  async #deliver(result: ClassicResult): Promise<void> {
    const { outbox, logger } = this.#options;
    const answer = await this.#send(result).catch((error: unknown) => error);
    if (answer === undefined) return; // a newer one took its place
    if (answer !== 'OK') return this.#refused(result, answer);
    outbox.remove(result);
    this.#recalled.delete(result.sha);
    this.#refusals.delete(result.name);
    logger.info({ sha: result.sha }, 'a result was delivered');
    this.#options.onChanged();
  }

  async #send(result: ClassicResult): Promise<string | undefined> {
    const { outbox } = this.#options;
    if (!outbox.results.includes(result)) return undefined;
    return this.#ask(encodeResults(result.sha, outbox.read(result)), RESULTS_MS);
  }

  /** It is there and does not say OK; the chapter's dispatcher hangs up when it knows nothing of the commit. */
  async #refused(result: ClassicResult, answer: unknown): Promise<void> {
    const { clock, logger, outbox, onChanged } = this.#options;
    const count = (this.#refusals.get(result.name)?.count ?? 0) + 1;
    const about = { sha: result.sha, tries: count };
    if (count >= MAX_REFUSALS) {
      this.#refusals.delete(result.name);
      logger.error(
        { ...about, path: outbox.setAside(result) },
        `the dispatcher never took a result: ${wordsOf(answer)}`,
      );
      onChanged();
      return;
    }
    const waitMs = backoffMs(count - 1, { firstMs: 500, maxMs: MAX_REFUSED_WAIT_MS });
    this.#refusals.set(result.name, { count, againAtMs: clock.monotonicMs() + waitMs });
    logger.warn({ ...about, waitMs }, `the dispatcher did not take a result, which is kept: ${wordsOf(answer)}`);
    const isUnknown = answer instanceof NoClassicAnswerError && answer.hasHungUp;
    if (isUnknown && count >= REFUSALS_TO_RECALL && this.#isRegistered) await this.#recall(result.sha);
  }

  /** One that was started again has forgotten who tests what. It takes the result of a commit that it gave out. */
  async #recall(sha: string): Promise<void> {
    this.#recalled.add(sha);
    const answer = await this.#ask(`dispatch:${sha}`).catch(messageOf);
    if (answer !== 'OK') this.#recalled.delete(sha);
  }

  #due(): ClassicResult[] {
    const nowMs = this.#options.clock.monotonicMs();
    return this.#options.outbox.results.filter(({ name }) => (this.#refusals.get(name)?.againAtMs ?? 0) <= nowMs);
  }

  #silenceMs(): number {
    return this.#options.clock.monotonicMs() - this.#heardAtMs;
  }

  #reached(): void {
    this.#failures = 0;
    this.#lastWords = '';
  }

  #failed(why: string): void {
    this.#failures++;
    this.#silentSinceMs = undefined;
    const { logger, onChanged } = this.#options;
    if (why !== this.#lastWords) logger.warn({ dispatcher: this.#where }, `not registered with the dispatcher: ${why}`);
    this.#lastWords = why;
    onChanged();
  }

  get #where(): string {
    const { host, port } = this.#options.dispatcher;
    return `${host}:${port}`;
  }

  #ask(message: string | Buffer, timeoutMs?: number): Promise<string> {
    const { host, port } = this.#options.dispatcher;
    return askClassic(host, port, message, timeoutMs);
  }
}

function wordsOf(answer: unknown): string {
  return typeof answer === 'string' ? answer : messageOf(answer);
}
