/** No node. */
const NONE = 0;

/** A stretch of bytes, from `start` to before `end`. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** What a search found. */
export interface Found {
  /** Where patterns stand; those that overlap or touch are one; in order. */
  readonly stretches: Stretch[];
  /** How many of the last bytes may be the beginning of a pattern. */
  readonly open: number;
}

/**
 * Finds many patterns at once, in one pass over the bytes (Aho and Corasick). Nodes hold their children as a list, since
 * nearly all have one: so it is made quickly, and takes some 20 bytes for each of a pattern.
 */
export class MaskAutomaton {
  readonly #root = new Int32Array(256);
  readonly #byte: Uint8Array;
  readonly #child: Int32Array;
  readonly #sibling: Int32Array;
  readonly #fail: Int32Array;
  readonly #depth: Int32Array;
  /** Length of the longest pattern that ends here; 0: none. */
  readonly #match: Int32Array;
  #nodes = 1;

  constructor(patterns: readonly Buffer[]) {
    const size = patterns.reduce((sum, pattern) => sum + pattern.length, 1);
    this.#byte = new Uint8Array(size);
    this.#child = new Int32Array(size);
    this.#sibling = new Int32Array(size);
    this.#fail = new Int32Array(size);
    this.#depth = new Int32Array(size);
    this.#match = new Int32Array(size);
    for (const pattern of patterns) this.#add(pattern);
    this.#link();
  }

  /** Searches from the beginning of `bytes`. */
  search(bytes: Buffer): Found {
    const stretches: Stretch[] = [];
    let node = NONE;
    for (let at = 0; at < bytes.length; at++) {
      node = this.#step(node, bytes[at] ?? 0);
      const length = this.#match[node] ?? 0;
      if (length > 0) addStretch(stretches, at + 1 - length, at + 1);
    }
    return { stretches, open: this.#depth[node] ?? 0 };
  }

  #add(pattern: Buffer): void {
    let node = NONE;
    for (const byte of pattern) {
      let next = this.#next(node, byte);
      if (next === NONE) next = this.#grow(node, byte);
      node = next;
    }
    if (node !== NONE) this.#match[node] = pattern.length;
  }

  #grow(parent: number, byte: number): number {
    const node = this.#nodes++;
    this.#byte[node] = byte;
    this.#depth[node] = (this.#depth[parent] ?? 0) + 1;
    if (parent === NONE) this.#root[byte] = node;
    this.#sibling[node] = this.#child[parent] ?? NONE;
    this.#child[parent] = node;
    return node;
  }

  #next(node: number, byte: number): number {
    if (node === NONE) return this.#root[byte] ?? NONE;
    let child = this.#child[node] ?? NONE;
    while (child !== NONE && this.#byte[child] !== byte) child = this.#sibling[child] ?? NONE;
    return child;
  }

  #step(from: number, byte: number): number {
    let node = from;
    for (;;) {
      const next = this.#next(node, byte);
      if (next !== NONE || node === NONE) return next;
      node = this.#fail[node] ?? NONE;
    }
  }

  /** In breadth, so that what a node falls back to is finished before it. */
  #link(): void {
    const queue: number[] = [NONE];
    for (const node of queue) {
      for (let child = this.#child[node] ?? NONE; child !== NONE; child = this.#sibling[child] ?? NONE) {
        queue.push(child);
        if (node === NONE) continue;
        const fail = this.#step(this.#fail[node] ?? NONE, this.#byte[child] ?? 0);
        this.#fail[child] = fail;
        this.#match[child] ||= this.#match[fail] ?? 0;
      }
    }
  }
}

function addStretch(stretches: Stretch[], from: number, end: number): void {
  let start = from;
  for (let last = stretches.at(-1); last !== undefined && last.end >= start; last = stretches.at(-1)) {
    start = Math.min(start, last.start);
    stretches.pop();
  }
  stretches.push({ start, end });
}
