/** A key, or two in a row (`g h`), and what it does. */
export interface KeyBinding {
  /** As in `KeyboardEvent.key`; two are separated by a space. */
  readonly keys: string;
  /** For the overlay: `first failure`. */
  readonly words: string;
  readonly group: 'Everywhere' | 'This page';
  run(): void;
}

/** Where single keys are switched off, and on again. */
export const KEYS_SETTING = 'signalbox.keys';
/** How long the second of two keys may take, in milliseconds. */
const SECOND_KEY_MS = 1_200;

/** All keys that do something now. What comes later replaces what has the same keys. */
export class KeyRegistry {
  readonly #bindings: KeyBinding[] = [];
  #first: { key: string; atMs: number } | undefined;

  /** Adds keys; returns what takes them away. */
  add(bindings: readonly KeyBinding[]): () => void {
    this.#bindings.push(...bindings);
    return () => {
      for (const one of bindings) this.#bindings.splice(this.#bindings.indexOf(one), 1);
    };
  }

  /** For the overlay, without those that are replaced. */
  list(): readonly KeyBinding[] {
    return [...new Map(this.#bindings.map((one) => [one.keys, one])).values()];
  }

  /** To be called with each key that is pressed. */
  pressed(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key !== 'Escape' && (isInField(event.target) || isBehindDialog() || isOff())) return;
    const first =
      this.#first !== undefined && event.timeStamp - this.#first.atMs < SECOND_KEY_MS ? this.#first : undefined;
    this.#first = undefined;
    const binding = (first && this.#find(`${first.key} ${event.key}`)) ?? this.#find(event.key);
    if (binding !== undefined) {
      event.preventDefault();
      binding.run();
    } else if (this.#bindings.some(({ keys }) => keys.startsWith(`${event.key} `)))
      this.#first = { key: event.key, atMs: event.timeStamp };
  }

  #find(keys: string): KeyBinding | undefined {
    return this.#bindings.findLast((one) => one.keys === keys);
  }
}

function isOff(): boolean {
  try {
    return localStorage.getItem(KEYS_SETTING) === 'off';
  } catch {
    return false;
  }
}

/** What a dialog asks comes first. */
function isBehindDialog(): boolean {
  return document.querySelector('dialog[open]') !== null;
}

function isInField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
