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
  /** Those that are cloned by ssh. */
  #bySsh = new Map<string, WireRepository>();

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
    if (named !== undefined) return named;
    const address = addressOf(name);
    return address && (this.#byAddress.get(address.exact) ?? this.#bySsh.get(address.portless));
  }

  /** Takes a whole new list. */
  replace(repositories: readonly WireRepository[]): RepositoriesChange {
    const before = this.#byId;
    this.#byId = new Map(repositories.map((one) => [one.id, one]));
    this.#byName = new Map([
      ...repositories.map((one): [string, WireRepository] => [one.name.toLowerCase(), one]),
      ...repositories.map((one): [string, WireRepository] => [one.name, one]),
    ]);
    const addresses = repositories.flatMap((one) =>
      one.sources.flatMap((source) => addressOf(source) ?? []).map((address) => ({ ...address, one })),
    );
    this.#byAddress = new Map(addresses.map(({ exact, one }) => [exact, one]));
    const ofSsh = addresses.filter(({ isSsh }) => isSsh);
    this.#bySsh = new Map(ofSsh.map(({ portless, one }) => [portless, one]));
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

/** A place at which git finds a repository. */
interface Address {
  readonly isSsh: boolean;
  /** Host and path, with the port where it tells one forge of a host from another: not of ssh, and not what everybody means. */
  readonly exact: string;
  /** Without a port. */
  readonly portless: string;
}

const URL_FORM = /^(\w+):\/\/(?:[^@/]*@)?([^/:]+)(?::(\d+))?\/(.+)$/;
const SCP_FORM = /^[^@/\s]+@([^:/]+):(.+)$/;

/** Is it an address to clone from, and no name? */
export function isAddress(text: string): boolean {
  return URL_FORM.test(text) || SCP_FORM.test(text);
}

/** However git is to get there (https, ssh, with `.git` or without); undefined: it is no address. */
function addressOf(text: string): Address | undefined {
  if (text.length > 1000) return undefined;
  const [, scpHost, scpPath] = SCP_FORM.exec(text) ?? [];
  const [, scheme = 'ssh', host = scpHost, port, path = scpPath] = URL_FORM.exec(text) ?? [];
  if (host === undefined || path === undefined) return undefined;
  const isSsh = !/^https?$/i.test(scheme);
  const isUsual = port === undefined || port === (scheme.toLowerCase() === 'http' ? '80' : '443');
  const place = `/${path.replace(/\/+$/, '').replace(/\.git$/, '')}`.toLowerCase();
  const portless = `${host.toLowerCase()}${place}`;
  return { isSsh, portless, exact: isSsh || isUsual ? portless : `${host.toLowerCase()}:${port}${place}` };
}

/** A dispatcher that begins with a new database gives the same ids to others. */
function isSameRepository(one: WireRepository, other: WireRepository): boolean {
  return one.name === other.name || one.sources.some((source) => other.sources.includes(source));
}
