import type { WireRepository } from '../protocol/wire-repository.ts';

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
  #byAddress = new Map<string, WireRepository>();

  get all(): readonly WireRepository[] {
    return [...this.#byId.values()];
  }

  byId(id: number): WireRepository | undefined {
    return this.#byId.get(id);
  }

  /**
   * By full name or by an address to clone from; forges do not tell capital letters from small ones, so where the exact
   * name is not known, neither do we.
   */
  byName(name: string): WireRepository | undefined {
    const named = this.#byName.get(name) ?? this.#byName.get(name.toLowerCase());
    return named ?? this.#byAddress.get(addressOf(name) ?? '');
  }

  /** Takes a whole new list. */
  replace(repositories: readonly WireRepository[]): RepositoriesChange {
    const before = this.#byId;
    this.#byId = new Map(repositories.map((one) => [one.id, one]));
    this.#byName = new Map([
      ...repositories.map((one): [string, WireRepository] => [one.name.toLowerCase(), one]),
      ...repositories.map((one): [string, WireRepository] => [one.name, one]),
    ]);
    this.#byAddress = new Map(
      repositories.flatMap((one) => one.sources.flatMap((source) => addressOf(source) ?? []).map((key) => [key, one])),
    );
    const old = (one: WireRepository) => {
      const previous = before.get(one.id);
      return previous !== undefined && isSameRepository(previous, one) ? previous : undefined;
    };
    const isSame = (one: WireRepository) => JSON.stringify(old(one)) === JSON.stringify(one);
    const isKept = ({ id }: WireRepository) => repositories.some((one) => one.id === id && old(one) !== undefined);
    return {
      added: repositories.filter((one) => old(one) === undefined),
      changed: repositories.filter((one) => old(one) !== undefined && !isSame(one)),
      removed: [...before.values()].filter((one) => !isKept(one)),
    };
  }
}

/** Host and path, however git is to get there (https, ssh, a port); undefined: it is no address. */
function addressOf(text: string): string | undefined {
  if (text.length > 1000) return undefined;
  const [, host, path] =
    /^(?:\w+:\/\/)(?:[^@/]*@)?([^/:]+)(?::\d+)?\/(.+)$/.exec(text) ?? /^[^@/\s]+@([^:/]+):(.+)$/.exec(text) ?? [];
  if (host === undefined || path === undefined) return undefined;
  return `${host}/${path.replace(/\/+$/, '').replace(/\.git$/, '')}`.toLowerCase();
}

/** A dispatcher that begins with a new database gives the same ids to others. */
function isSameRepository(one: WireRepository, other: WireRepository): boolean {
  return one.name === other.name || one.sources.some((source) => other.sources.includes(source));
}
