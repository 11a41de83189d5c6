/** Most answers that are kept. */
const MOST = 20;

/** Something that was made, and the newest event that was known before. */
interface Made<Answer> {
  readonly upTo: number;
  readonly answer: Promise<Answer>;
}

/** Something that is being made, and what is made after it for those who came meanwhile. */
interface Making<Answer> {
  readonly now: Promise<Answer>;
  next?: Promise<Answer>;
}

/**
 * Answers that many ask for at once, made once for all. Who asks because of an event is given what was made when this event
 * was known already; who asks for another reason what begins to be made after the question.
 */
export class SharedAnswers<Answer> {
  readonly #newest: () => Promise<number>;
  readonly #made = new Map<string, Made<Answer>>();
  readonly #making = new Map<string, Making<Answer>>();

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

  /** What `make` makes from now on: once for all who come while it is being made, as pages do when a server is back. */
  getNew(key: string, make: () => Promise<Answer>): Promise<Answer> {
    const making = this.#making.get(key);
    if (making === undefined) return this.#start(key, make);
    const start = () => this.#start(key, make);
    making.next ??= making.now.then(start, start);
    return making.next;
  }

  #start(key: string, make: () => Promise<Answer>): Promise<Answer> {
    const making: Making<Answer> = { now: make() };
    this.#making.set(key, making);
    const done = () => {
      if (making.next === undefined) this.#making.delete(key);
    };
    making.now.then(done, done);
    return making.now;
  }

  #keep(key: string, made: Made<Answer>): void {
    this.#made.delete(key);
    this.#made.set(key, made);
    const [oldest] = this.#made.keys();
    if (this.#made.size > MOST && oldest !== undefined) this.#made.delete(oldest);
  }
}
