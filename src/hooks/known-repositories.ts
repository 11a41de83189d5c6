import type { WireRepository } from '../protocol/messages.ts';

/** What changed with a new list. */
export interface RepositoriesChange {
  readonly added: readonly WireRepository[];
  readonly changed: readonly WireRepository[];
  readonly removed: readonly WireRepository[];
}

/** The repositories that the dispatcher knows, in memory. */
export class KnownRepositories {
  #byId = new Map<number, WireRepository>();
  #byName = new Map<string, WireRepository>();

  get all(): readonly WireRepository[] {
    return [...this.#byId.values()];
  }

  byId(id: number): WireRepository | undefined {
    return this.#byId.get(id);
  }

  /** By full name; forges do not tell capital letters from small ones, so where the exact name is not known, neither do we. */
  byName(name: string): WireRepository | undefined {
    return this.#byName.get(name) ?? this.#byName.get(name.toLowerCase());
  }

  /** Takes a whole new list. */
  replace(repositories: readonly WireRepository[]): RepositoriesChange {
    const before = this.#byId;
    this.#byId = new Map(repositories.map((one) => [one.id, one]));
    this.#byName = new Map([
      ...repositories.map((one): [string, WireRepository] => [one.name.toLowerCase(), one]),
      ...repositories.map((one): [string, WireRepository] => [one.name, one]),
    ]);
    const isSame = (one: WireRepository) => JSON.stringify(before.get(one.id)) === JSON.stringify(one);
    return {
      added: repositories.filter((one) => !before.has(one.id)),
      changed: repositories.filter((one) => before.has(one.id) && !isSame(one)),
      removed: [...before.values()].filter((one) => !this.#byId.has(one.id)),
    };
  }
}
