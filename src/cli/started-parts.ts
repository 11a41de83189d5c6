/** Things to be ended in the opposite order of their start; Node 20 has no AsyncDisposableStack. */
export class StartedParts implements AsyncDisposable {
  readonly #ends: (() => Promise<unknown>)[] = [];

  /** Starts a component and remembers to stop it, also if its start fails half-way. */
  async start<Part extends { start(): Promise<void>; stop(): Promise<void> }>(part: Part): Promise<Part> {
    this.defer(() => part.stop());
    await part.start();
    return part;
  }

  /** Remembers what has to be done at the end. */
  defer(end: () => Promise<unknown>): void {
    this.#ends.push(end);
  }

  /** Ends everything, the last one first; one that fails does not keep the others from being ended. */
  async end(): Promise<void> {
    const failures: unknown[] = [];
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop())
      await end().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
