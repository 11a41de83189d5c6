import type { TipMove } from './delivery.ts';
import { isBranch } from './ref-name.ts';
import type { SourceKind } from './source-kind.ts';

/** Where each ref was dispatched last, in memory; the inbox has the same on disk. */
export class Tips {
  readonly #byRepository = new Map<number, Map<SourceKind, Map<string, string>>>();

  /** Tips of one source of a repository, by ref. */
  of(repository: number, source: SourceKind): ReadonlyMap<string, string> {
    return this.#map(repository, source);
  }

  /** All tips of a repository, of all its sources; or of its branches alone. */
  all(repository: number, onlyBranches: boolean): string[] {
    const tips: string[] = [];
    for (const refs of this.#byRepository.get(repository)?.values() ?? []) {
      for (const [ref, tip] of refs) if (!onlyBranches || isBranch(ref)) tips.push(tip);
    }
    return tips;
  }

  /** Is a ref of the repository at this commit? */
  includes(repository: number, sha: string, onlyBranches: boolean): boolean {
    for (const refs of this.#byRepository.get(repository)?.values() ?? []) {
      for (const [ref, tip] of refs) if (tip === sha && (!onlyBranches || isBranch(ref))) return true;
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
