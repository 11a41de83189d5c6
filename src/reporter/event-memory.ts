import type { Body, Memory } from './message.ts';
import type { Outbox } from './outbox.ts';

/** What one teller remembers of one event, until it is written with the messages of that event. */
export class EventMemory implements Memory {
  readonly #outbox: Pick<Outbox, 'note' | 'noteNames'>;
  readonly #teller: string;
  /** By their names in the outbox. */
  readonly changes = new Map<string, Body | null>();

  constructor(outbox: Pick<Outbox, 'note' | 'noteNames'>, teller: string) {
    this.#outbox = outbox;
    this.#teller = teller;
  }

  async recall(name: string): Promise<unknown> {
    const own = this.#own(name);
    return this.changes.has(own) ? (this.changes.get(own) ?? undefined) : this.#outbox.note(own);
  }

  remember(name: string, value: Body | null): void {
    this.changes.set(this.#own(name), value);
  }

  async names(beginning: string): Promise<readonly string[]> {
    const names = await this.#outbox.noteNames(this.#own(beginning));
    return names.map((name) => name.slice(this.#own('').length));
  }

  #own(name: string): string {
    return `${this.#teller}:${name}`;
  }
}
