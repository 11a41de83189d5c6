/** Where the name is kept. */
const NAME_SETTING = 'signalbox.name';
/** Letters that the server takes. */
export const MOST_LETTERS = 100;

/**
 * Who sits at this browser: the name that they gave, else the one that the server guesses. It is shown with what they
 * press, and proves nothing.
 */
export class Person {
  readonly #guess: string;
  readonly #listeners = new Set<() => void>();
  #given: string | null = null;

  /** `guess`: who is likely to sit there; null: nobody knows. */
  constructor(guess: string | null) {
    this.#guess = guess ?? '';
  }

  /** Empty: it is not known. */
  get name(): string {
    return (this.#given ?? this.#kept() ?? this.#guess).trim();
  }

  set(name: string): void {
    this.#given = name;
    try {
      localStorage.setItem(NAME_SETTING, name);
    } catch {
      // without storage it holds for this page
    }
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #kept(): string | null {
    try {
      return localStorage.getItem(NAME_SETTING);
    } catch {
      return null;
    }
  }
}
