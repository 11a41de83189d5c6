import type { Readable } from 'node:stream';
import { CiError } from '../../support/ci-error.ts';

/** An artifact of this run that is complete. */
export interface ArtifactInfo {
  readonly id: number;
  readonly name: string;
  /** Of the zip file. */
  readonly bytes: number;
  /** SHA-256 of the zip file, in hex. */
  readonly digest: string;
}

/** What is kept. */
export interface ArtifactUpload {
  readonly name: string;
  /** A zip file on this machine. */
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 of the file, in hex. */
  readonly digest: string;
  /** May it take the place of one with the same name? */
  readonly overwrite: boolean;
  /** Days it is kept; absent: as the server is configured. */
  readonly retentionDays?: number;
}

/** Keeps the artifacts of one run where its other jobs find them. */
export interface ArtifactClient {
  /** @throws {ArtifactError} if there is one of this name, it is too large, or nobody takes it. */
  upload(artifact: ArtifactUpload): Promise<ArtifactInfo & { readonly url: string }>;
  /** Of all jobs of the run so far, by name. */
  list(): Promise<readonly ArtifactInfo[]>;
  /** The zip file. @throws {ArtifactError} if it cannot be had. */
  open(artifact: ArtifactInfo): Promise<Readable>;
}

/** An artifact is not taken, or cannot be had. */
export class ArtifactError extends CiError {
  override readonly name = 'ArtifactError';
  readonly code = 'E_ARTIFACT';
}
