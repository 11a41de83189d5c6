import type { Header, Interest, PageNews } from '../../web/src/page.ts';
import type { EventRecord } from '../store/event-record.ts';
import type { Clock } from '../support/clock.ts';
import type { EventHub } from './event-hub.ts';
import { type EventStream, eventText } from './event-stream.ts';
import { Paced } from './paced.ts';

/** How often pages are told of what happens, in milliseconds: by how many there are, between these. */
const ROUND_MS = { each: 2, least: 50, most: 1_000 };
/** How long a page waits between two questions, in milliseconds, by how many ask because of the same: 50 a second in all. */
const QUESTION_MS = { each: 20, least: 250, most: 10_000 };
/** The header alone is not worth more than one message a second. */
const HEADER_MS = 1_000;

type Hub = Pick<EventHub, 'subscribe' | 'newest'>;
type PageStream = Pick<EventStream, 'sendText' | 'onClose'>;

interface OpenPage {
  readonly stream: PageStream;
  /** It has not taken the last message yet: it gets no other before. */
  isBusy: boolean;
  /** Something happened meanwhile. */
  isBehind: boolean;
}

/** Pages that show the same. */
interface Group {
  readonly interests: readonly Interest[];
  readonly pages: Set<OpenPage>;
  /** They have to be told that it changed. Who asks for the page then gets the header with it. */
  isTouched: boolean;
}

/**
 * Tells the pages that are open that what they show has changed. What happened is not told: the messages are the same for
 * all, short, made once, and one is as good as many. So a page that is slow is told once, when it has time, to look again.
 */
export class OpenPages {
  readonly #hub: Hub;
  readonly #header: () => Promise<Header>;
  readonly #groups = new Map<string, Group>();
  readonly #round: Paced;
  readonly #headerRound: Paced;
  #count = 0;
  #changed: Buffer = Buffer.alloc(0);
  #leave: (() => void) | undefined;

  constructor({ hub, clock }: { hub: Hub; clock: Clock }, header: () => Promise<Header>) {
    this.#hub = hub;
    this.#header = header;
    const roundMs = () => within(ROUND_MS, this.#count);
    this.#round = new Paced(clock, roundMs, () => this.#tellChanged());
    const headerMs = () => Math.max(HEADER_MS, roundMs());
    // without it the next one will do
    this.#headerRound = new Paced(clock, headerMs, () => void this.#tellHeader().catch(() => {}));
  }

  /** Tells a page from now on, until it is gone. */
  join(stream: PageStream, interests: readonly Interest[]): void {
    const key = JSON.stringify(interests);
    const group = this.#groups.get(key) ?? { interests, pages: new Set(), isTouched: false };
    const page = { stream, isBusy: false, isBehind: false };
    this.#groups.set(key, group);
    group.pages.add(page);
    this.#count += 1;
    this.#leave ??= this.#hub.subscribe((events) => this.#heard(events));
    stream.onClose(() => {
      group.pages.delete(page);
      this.#count -= 1;
      if (group.pages.size === 0) this.#groups.delete(key);
      if (this.#count === 0) this.#rest();
    });
  }

  #rest(): void {
    this.#leave?.();
    this.#leave = undefined;
    this.#round.cancel();
    this.#headerRound.cancel();
  }

  /** No events: some may have been missed. */
  #heard(events: readonly EventRecord[]): void {
    for (const group of this.#groups.values())
      group.isTouched ||= events.length === 0 || events.some((event) => isOf(event, group.interests));
    if ([...this.#groups.values()].some(({ isTouched }) => isTouched)) this.#round.ask();
    if (events.some(({ type }) => type.startsWith('job.') || type.startsWith('run.'))) this.#headerRound.ask();
  }

  #tellChanged(): void {
    const touched = [...this.#groups.values()].filter(({ isTouched }) => isTouched);
    const pages = touched.reduce((sum, group) => sum + group.pages.size, 0);
    const data: PageNews = { upTo: this.#hub.newest, pauseMs: within(QUESTION_MS, pages) };
    this.#changed = Buffer.from(eventText({ event: 'changed', data }));
    for (const group of touched) {
      group.isTouched = false;
      for (const page of group.pages) this.#send(page, this.#changed);
    }
  }

  async #tellHeader(): Promise<void> {
    const message = Buffer.from(eventText({ event: 'header', data: await this.#header() }));
    for (const { isTouched, pages } of this.#groups.values())
      if (!isTouched) for (const page of pages) this.#send(page, message);
  }

  #send(page: OpenPage, message: Buffer): void {
    if (page.isBusy) {
      page.isBehind = true;
      return;
    }
    page.isBusy = true;
    void page.stream.sendText(message).then(() => {
      page.isBusy = false;
      if (!page.isBehind) return;
      page.isBehind = false;
      this.#send(page, this.#changed);
    });
  }
}

function isOf(event: EventRecord, interests: readonly Interest[]): boolean {
  return interests.some(
    ({ type, repository, run, job }) =>
      (type === undefined || event.type.startsWith(type)) &&
      (repository === undefined || event.repository === repository) &&
      (run === undefined || event.run === run) &&
      (job === undefined || event.job === job),
  );
}

function within({ each, least, most }: typeof ROUND_MS, count: number): number {
  return Math.min(most, Math.max(least, each * count));
}
