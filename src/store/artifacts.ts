import type { Readable } from 'node:stream';
import { CiError } from '../support/ci-error.ts';

/** A zip that a job has kept. */
export interface ArtifactRecord {
  readonly id: number;
  readonly run: number;
  /** Unique in its run. */
  readonly name: string;
  /** Of the zip. */
  readonly bytes: number;
  /** SHA-256 of the zip, in hex. */
  readonly digest: string;
  readonly createdAt: Date;
  /** When it may be removed. */
  readonly expiresAt: Date;
}

/** Who keeps what. */
export interface NewArtifact {
  /** The execution that keeps it. */
  readonly job: number;
  readonly execution: number;
  readonly name: string;
  /** May it take the place of one with the same name? */
  readonly overwrite: boolean;
  readonly expiresAt: Date;
  /** What its sender says of it; if what arrives is something else, nothing is kept. */
  readonly bytes: number;
  readonly digest: string;
}

/** The artifacts of runs: rows in the database, zips in a folder beside it. */
export interface Artifacts {
  /**
   * Keeps what `content` brings. One of the same name is replaced if that is allowed, if it is of an earlier attempt of the run,
   * or of an earlier execution of the same job.
   * @throws {ArtifactExistsError} @throws {ArtifactDamagedError} @throws what `content` or the disk throws.
   */
  add(artifact: NewArtifact, content: Readable, at: Date): Promise<ArtifactRecord>;
  /** Those of a run, by name. */
  ofRun(run: number): Promise<readonly ArtifactRecord[]>;
  get(id: number): Promise<ArtifactRecord | undefined>;
  /** The zip of one; undefined if it is not there any more. */
  open(id: number): Promise<{ readonly artifact: ArtifactRecord; readonly content: Readable } | undefined>;
  /**
   * Removes those that have expired, the oldest ones beyond `limitBytes` in all, and files that belong to none; returns
   * how many artifacts went.
   */
  tidy(at: Date, limitBytes: number): Promise<number>;
  /** Removes files whose rows are gone. */
  removeFiles(files: readonly string[]): Promise<void>;
}

/** The run has an artifact of that name. */
export class ArtifactExistsError extends CiError {
  override readonly name = 'ArtifactExistsError';
  readonly code = 'E_ARTIFACT_EXISTS';
  constructor(name: string) {
    super(`an artifact named ${name} exists already in this run; give this one another name, or say "overwrite: true"`);
  }
}

/** What arrived is not what was sent. */
export class ArtifactDamagedError extends CiError {
  override readonly name = 'ArtifactDamagedError';
  readonly code = 'E_ARTIFACT_DAMAGED';
  constructor(name: string) {
    super(`the artifact ${name} did not arrive as it was sent, probably because the connection broke; send it again`);
  }
}
