/** Ids up to a known one, at a bit each: a million of them take 125 kB. */
export class IdSet {
  readonly #bits: Uint8Array;

  constructor(last: number) {
    this.#bits = new Uint8Array(Math.floor(last / 8) + 1);
  }

  /** Those beyond the last are not kept. */
  add(id: number): void {
    const at = Math.floor(id / 8);
    if (at < this.#bits.length) this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (id % 8));
  }

  has(id: number): boolean {
    return ((this.#bits[Math.floor(id / 8)] ?? 0) & (1 << (id % 8))) !== 0;
  }
}
