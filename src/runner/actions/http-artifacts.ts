import { createReadStream } from 'node:fs';
import type { IncomingMessage, RequestOptions } from 'node:http';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { backoffMs } from '../../support/backoff.ts';
import { messageOf } from '../../support/ci-error.ts';
import { type ArtifactClient, ArtifactError, type ArtifactInfo, type ArtifactUpload } from './artifact-client.ts';

/** Where artifacts are kept, and by what right. */
export interface HttpArtifactsOptions {
  /** URL of `/artifacts` on the dispatcher's port, as it is now. */
  readonly url: () => string;
  /** The ticket of the job's lease. */
  readonly ticket: string;
  /** How often it is tried while the dispatcher is away; with growing pauses. Default 10, which is some three minutes. */
  readonly tries?: number;
}

const infoSchema = z.object({
  id: z.number(),
  name: z.string(),
  bytes: z.number(),
  digest: z.string(),
  url: z.string(),
});
const listSchema = z.object({ artifacts: z.array(infoSchema) });
/** A connection on which nothing moved for so long is given up, in milliseconds. */
const IDLE_MS = 120_000;

/** The artifacts of a run at the dispatcher, over HTTP. What breaks on the way is tried again. */
export class HttpArtifacts implements ArtifactClient {
  readonly #options: HttpArtifactsOptions;

  constructor(options: HttpArtifactsOptions) {
    this.#options = options;
  }

  async upload(artifact: ArtifactUpload): Promise<ArtifactInfo & { readonly url: string }> {
    const { name, file, bytes, digest, overwrite, retentionDays } = artifact;
    const query = { name, bytes: String(bytes), digest, overwrite: String(overwrite) };
    const days: Record<string, string> = retentionDays === undefined ? {} : { days: String(retentionDays) };
    return await this.#retried(async (tries) => {
      const again: Record<string, string> = tries === 0 ? {} : { again: 'true' };
      const response = await this.#ask(`?${new URLSearchParams({ ...query, ...days, ...again })}`, { file, bytes });
      return infoSchema.parse(JSON.parse(await bodyOf(response)));
    });
  }

  async list(): Promise<readonly ArtifactInfo[]> {
    return await this.#retried(async () => listSchema.parse(JSON.parse(await bodyOf(await this.#ask('')))).artifacts);
  }

  async open({ id, name }: ArtifactInfo): Promise<Readable> {
    return await this.#retried(async () => {
      const response = await this.#ask(`/${id}`);
      if (response.statusCode === 200) return response;
      throw refusal(response, await text(response), name);
    });
  }

  /** Tries again what may work the next time: everything but what the dispatcher has refused. */
  async #retried<T>(act: (tries: number) => Promise<T>): Promise<T> {
    const { tries: most = 10 } = this.#options;
    for (let tries = 0; ; tries++) {
      try {
        return await act(tries);
      } catch (error) {
        if (error instanceof ArtifactError) throw error;
        if (tries + 1 >= most)
          throw new ArtifactError(`the dispatcher does not answer (${messageOf(error)}); run the job again`, {
            cause: error,
          });
        await setTimeout(backoffMs(tries, { firstMs: 200, maxMs: 60_000 }));
      }
    }
  }

  /** Sends what is in a file only when the dispatcher says that it will take it. */
  async #ask(path: string, upload?: { readonly file: string; readonly bytes: number }): Promise<IncomingMessage> {
    const { request } = await import('node:http'); // most jobs have no artifacts, and somebody waits for the first step
    const { url, ticket } = this.#options;
    const sent = upload && { 'Content-Length': upload.bytes, Expect: '100-continue' };
    const options: RequestOptions = {
      method: upload === undefined ? 'GET' : 'PUT',
      headers: { Authorization: `Basic ${Buffer.from(`lease:${ticket}`).toString('base64')}`, ...sent },
      timeout: IDLE_MS,
      agent: false,
    };
    return new Promise((resolve, reject) => {
      const asked = request(`${url()}${path}`, options, resolve);
      asked.on('timeout', () => asked.destroy(new Error('the connection stood still')));
      asked.on('error', reject);
      if (upload === undefined) asked.end();
      else asked.on('continue', () => send(upload.file).on('error', reject).pipe(asked));
      asked.flushHeaders();
    });
  }
}

function send(file: string): Readable {
  return createReadStream(file);
}

/** The body of an answer that says yes. @throws {ArtifactError} if it says no. */
async function bodyOf(response: IncomingMessage): Promise<string> {
  const body = await text(response);
  const { statusCode = 500 } = response;
  if (statusCode < 300) return body;
  throw refusal(response, body, 'artifact');
}

/** 422 (it was damaged on the way), 429 and what begins with 5 may be otherwise the next time; but not a full disk. */
function refusal({ statusCode = 500 }: IncomingMessage, body: string, name: string): Error {
  const words = body.trim() || `the dispatcher answers ${statusCode} for ${name}`;
  const isLater = (statusCode >= 500 && statusCode !== 507) || statusCode === 422 || statusCode === 429;
  return isLater ? new Error(words) : new ArtifactError(words);
}
