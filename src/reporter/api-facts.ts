import * as z from 'zod';
import { type Api, ApiError } from '../protocol/api.ts';
import {
  type ApiRepository,
  type ApiRun,
  type ApiRunDetail,
  repositorySchema,
  runSchema,
  runsSchema,
} from '../protocol/api-schema.ts';
import type { Facts } from './message.ts';

/**
 * What the server's API knows, asked at most once for one event: each event gets facts of its own, so that all who tell of it
 * tell the same.
 */
export class ApiFacts implements Facts {
  readonly #api: Api;
  readonly #known = new Map<string, Promise<unknown>>();

  constructor(api: Api) {
    this.#api = api;
  }

  run(id: number): Promise<ApiRunDetail | undefined> {
    return this.#once(`/api/runs/${id}`, runSchema);
  }

  async runsOf(repository: string, sha: string): Promise<readonly ApiRun[]> {
    const found = await this.#once(`/api/runs?${new URLSearchParams({ repository, sha })}`, runsSchema);
    return found?.runs ?? [];
  }

  repository(name: string): Promise<ApiRepository | undefined> {
    return this.#once(`/api/repositories/${encodeURIComponent(name)}`, repositorySchema);
  }

  get(path: string): Promise<unknown> {
    return this.#once(path, z.unknown());
  }

  async text(path: string, start: number, end: number): Promise<string | undefined> {
    if (end <= start) return undefined;
    try {
      const response = await this.#api.open(path, { range: `bytes=${start}-${end - 1}` });
      const parts: Buffer[] = [];
      let size = 0;
      for await (const part of response) {
        parts.push(part);
        size += part.length;
        if (size >= end - start) break; // a server that does not know ranges sends all of it
      }
      response.destroy();
      return Buffer.concat(parts)
        .subarray(0, end - start)
        .toString('utf8');
    } catch (error) {
      if (error instanceof ApiError && (error.status === 404 || error.status === 416)) return undefined;
      throw error;
    }
  }

  #once<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const known = this.#known.get(path);
    if (known !== undefined) return known as Promise<T | undefined>;
    const asked = this.#api.get(path, schema).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    });
    this.#known.set(path, asked);
    return asked;
  }
}
