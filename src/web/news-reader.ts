/** Reads on for as long as there is news: one round at a time, and news that come meanwhile make one more. */
export class NewsReader {
  readonly #round: () => Promise<void>;
  readonly #failed: (error: unknown) => void;
  #isReading = false;
  #isBehind = false;

  /** `round` reads what is new, and calls {@link wake} where there is more; `failed`: it is tried again with the next news. */
  constructor(round: () => Promise<void>, failed: (error: unknown) => void) {
    this.#round = round;
    this.#failed = failed;
  }

  /** There is news, or may be. */
  wake(): void {
    this.#isBehind = true;
    if (this.#isReading) return;
    this.#isReading = true;
    void this.#read();
  }

  async #read(): Promise<void> {
    try {
      while (this.#isBehind) {
        this.#isBehind = false;
        await this.#round();
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#isReading = false;
    }
  }
}
