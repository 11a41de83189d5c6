import { isAbsolute } from 'node:path';
import type { WireRepository } from '../protocol/wire-repository.ts';

/** How a source is looked at: a folder on this machine is watched, everything else is asked over git's own wire. */
export type SourceKind = 'local' | 'remote';

/** One place where a repository is looked at. */
export interface ObservedSource {
  readonly kind: SourceKind;
  /** Absolute path, or URL. */
  readonly location: string;
}

/** The first folder and the first URL of a repository; those are looked at. */
export function observedSources(repository: Pick<WireRepository, 'sources'>): readonly ObservedSource[] {
  const local = repository.sources.find((source) => isAbsolute(source));
  const remote = repository.sources.find((source) => !isAbsolute(source));
  return [
    ...(local === undefined ? [] : [{ kind: 'local' as const, location: local }]),
    ...(remote === undefined ? [] : [{ kind: 'remote' as const, location: remote }]),
  ];
}
