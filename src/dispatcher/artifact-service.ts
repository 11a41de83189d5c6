import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import type { ArtifactSettings } from '../config/config.ts';
import { assertDiskRoom, DiskLowError } from '../git/mirror.ts';
import { DISK_FLOOR_BYTES } from '../model/disk-floor.ts';
import type { ExecutionKey } from '../protocol/wire-fields.ts';
import { ArtifactDamagedError, ArtifactExistsError, type ArtifactRecord } from '../store/artifacts.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';

/** What {@link ArtifactService} needs. */
export interface ArtifactServiceOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly home: string;
  readonly settings: ArtifactSettings;
  /** Where the page is. */
  readonly serverUrl: () => string;
}

const DAY_MS = 86_400_000;

const uploadSchema = z.object({
  name: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^"<>|*?:\r\n\\/]+$/),
  bytes: z.coerce.number().int().nonnegative(),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  overwrite: z.enum(['true', 'false']),
  days: z.coerce.number().int().positive().optional(),
  again: z.enum(['true', 'false']).optional(),
});

/**
 * Keeps and gives the artifacts of a run to its jobs, on the dispatcher's port: `PUT /artifacts?name=…`, `GET /artifacts`,
 * `GET /artifacts/:id`. Who may ask was found out before, by the ticket.
 */
export class ArtifactService {
  readonly #options: ArtifactServiceOptions;

  constructor(options: ArtifactServiceOptions) {
    this.#options = options;
  }

  /** Answers a request of an execution that holds its lease. */
  async serve(request: IncomingMessage, response: ServerResponse, key: ExecutionKey & { run: number }): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const id = /^\/artifacts\/(\d{1,15})$/.exec(pathname)?.[1];
    if (request.method === 'PUT' && pathname === '/artifacts')
      return this.#take(request, response, key, Object.fromEntries(searchParams));
    if (request.method === 'GET' && pathname === '/artifacts') return this.#list(response, key.run);
    if (request.method === 'GET' && id !== undefined) return this.#give(response, key.run, Number(id));
    say(response, 404, 'there is nothing here but the artifacts of a run');
  }

  async #take(
    request: IncomingMessage,
    response: ServerResponse,
    key: ExecutionKey & { run: number },
    query: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { store, clock, settings, home } = this.#options;
    const parsed = uploadSchema.safeParse(query);
    if (!parsed.success) return say(response, 400, 'the name, size or digest of the artifact cannot be');
    const { name, bytes, digest, overwrite, days = settings.days, again } = parsed.data;
    if (bytes > settings.maxBytes) return say(response, 413, tooLarge(name, bytes, settings.maxBytes));
    if (again === 'true') {
      const kept = (await store.artifacts.ofRun(key.run)).find((artifact) => artifact.name === name);
      if (kept?.digest === digest) return answer(response, 201, this.#json(kept)); // only its answer was lost
    }
    try {
      await assertDiskRoom(home, DISK_FLOOR_BYTES + bytes);
      const now = clock.now();
      const expiresAt = new Date(now.getTime() + Math.min(days, settings.days) * DAY_MS);
      const wanted = { ...{ job: key.job, execution: key.execution, name, bytes, digest, expiresAt } };
      if (request.headers.expect !== undefined) response.writeContinue();
      const kept = await store.artifacts.add({ ...wanted, overwrite: overwrite === 'true' }, request, now);
      answer(response, 201, this.#json(kept));
    } catch (error) {
      const status = statusOf(error);
      if (status === undefined) throw error;
      say(response, status, (error as Error).message);
    }
  }

  async #list(response: ServerResponse, run: number): Promise<void> {
    const artifacts = await this.#options.store.artifacts.ofRun(run);
    answer(response, 200, { artifacts: artifacts.map((artifact) => this.#json(artifact)) });
  }

  async #give(response: ServerResponse, run: number, id: number): Promise<void> {
    const found = await this.#options.store.artifacts.open(id);
    if (found === undefined || found.artifact.run !== run) {
      found?.content.destroy();
      return say(response, 404, `this run has no artifact ${id} (any more)`);
    }
    response.writeHead(200, { 'Content-Type': 'application/zip', 'Content-Length': found.artifact.bytes });
    await pipeline(found.content, response);
  }

  #json({ id, name, bytes, digest }: ArtifactRecord) {
    return { id, name, bytes, digest, url: `${this.#options.serverUrl()}/api/artifacts/${id}` };
  }
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof ArtifactExistsError) return 409;
  if (error instanceof ArtifactDamagedError) return 422;
  return error instanceof DiskLowError ? 507 : undefined;
}

function tooLarge(name: string, bytes: number, maxBytes: number): string {
  const [size, most] = [bytes, maxBytes].map((value) => `${Math.ceil(value / 1e6)} MB`);
  return `the artifact ${name} is ${size} large, and this server takes ${most} at most (artifacts.max_mb in signalbox.yml)`;
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

function say(response: ServerResponse, status: number, words: string): void {
  const headers = { 'Content-Type': 'text/plain', Connection: 'close' };
  response.writeHead(status, headers).end(`${words}\n`);
}
