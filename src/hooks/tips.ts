import type { TipMove } from './delivery.ts';
import type { SourceKind } from './source-kind.ts';

/** Where each ref was dispatched last, in memory; the inbox has the same on disk. */
export class Tips {
  readonly #byRepository = new Map<number, Map<SourceKind, Map<string, string>>>();

  /** Tips of one source of a repository, by ref. */
  of(repository: number, source: SourceKind): ReadonlyMap<string, string> {
    return this.#map(repository, source);
  }

  /** All tips of a repository, of all its sources. */
  all(repository: number): string[] {
    const sources = this.#byRepository.get(repository);
    return sources === undefined ? [] : [...sources.values()].flatMap((refs) => [...refs.values()]);
  }

  /** Is a ref of the repository at this commit? */
  includes(repository: number, sha: string): boolean {
    for (const refs of this.#byRepository.get(repository)?.values() ?? []) {
      for (const tip of refs.values()) if (tip === sha) return true;
    }
    return false;
  }

  /** Follows what was written to the inbox. */
  move({ repository, source, ref, sha }: TipMove): void {
    if (sha === null) this.#map(repository, source).delete(ref);
    else this.#map(repository, source).set(ref, sha);
  }

  /** Forgets a repository. */
  forget(repository: number): void {
    this.#byRepository.delete(repository);
  }

  #map(repository: number, source: SourceKind): Map<string, string> {
    const sources = this.#byRepository.get(repository) ?? new Map<SourceKind, Map<string, string>>();
    const refs = sources.get(source) ?? new Map<string, string>();
    this.#byRepository.set(repository, sources.set(source, refs));
    return refs;
  }
}
