/** Most answers that are kept. */
const MOST = 20;

/** Something that was made, and the newest event that was known before. */
interface Made<Answer> {
  readonly upTo: number;
  readonly answer: Promise<Answer>;
}

/**
 * Answers that many ask for because of the same event, made once for all: what was made when this event was known already
 * is as good as new.
 */
export class SharedAnswers<Answer> {
  readonly #newest: () => Promise<number>;
  readonly #made = new Map<string, Made<Answer>>();

  /** `newest`: id of the newest event there is. */
  constructor(newest: () => Promise<number>) {
    this.#newest = newest;
  }

  /** What `make` makes, or made after the event `upTo` happened. What goes wrong is told to all who wait for it, and forgotten. */
  async get(key: string, upTo: number, make: () => Promise<Answer>): Promise<Answer> {
    const known = this.#made.get(key);
    if (known !== undefined && known.upTo >= upTo) return known.answer;
    const newest = await this.#newest();
    const meanwhile = this.#made.get(key);
    if (meanwhile !== undefined && meanwhile.upTo >= upTo) return meanwhile.answer;
    const made = { upTo: newest, answer: make() };
    this.#keep(key, made);
    made.answer.catch(() => {
      if (this.#made.get(key) === made) this.#made.delete(key);
    });
    return made.answer;
  }

  #keep(key: string, made: Made<Answer>): void {
    this.#made.delete(key);
    this.#made.set(key, made);
    const [oldest] = this.#made.keys();
    if (this.#made.size > MOST && oldest !== undefined) this.#made.delete(oldest);
  }
}
