import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { Webhooks } from '@octokit/webhooks';
import type { Push } from '../model/push.ts';
import { CiError } from '../support/ci-error.ts';
import type { SourceKind } from './source-kind.ts';

/** Where and how the observer's own pushes are posted. */
export interface SenderOptions {
  /** The observer's own endpoint, `http://127.0.0.1:8080/webhooks`; asked at each post. */
  readonly webhooksUrl: () => string;
  /** Bound on one post, in milliseconds. Default 10 000. */
  readonly timeoutMs?: number;
}

/** Something that a forge told, as its webhook would send it. */
export interface Relayed {
  readonly id: string;
  readonly event: string;
  readonly payload: { readonly [key: string]: unknown };
  /** Default: a webhook, which was late. */
  readonly trigger?: 'poll';
  /** In whose words. Default: GitHub's, which Gitea and Forgejo speak too. */
  readonly forge?: 'gitlab' | 'bitbucket' | 'bitbucket-data-center';
}

/** The observer's own endpoint did not take what its watcher or poller saw. */
export class NotTakenError extends CiError {
  override readonly name = 'NotTakenError';
  readonly code = 'E_PUSH_NOT_TAKEN';
  constructor(push: Pick<Push, 'ref' | 'repository'>, why: string, options?: ErrorOptions) {
    super(`the move of ${push.ref} in ${push.repository} could not be journaled (${why}); it is tried again`, options);
  }
}

const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Posts what the watcher and the poller see to the observer's own `/webhooks`, signed, exactly as the hook does, so that
 * there is one road. Connections are kept; at most 8 posts are under way, the others wait.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8, maxFreeSockets: 2, scheduling: 'lifo' });

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Fulfilled when the push is on disk. @throws {NotTakenError} if it was not taken. */
  async post(push: Push, secret: string, source: SourceKind): Promise<void> {
    const { ref, before, after } = push;
    const body = JSON.stringify({ ref, before, after, repository: { full_name: push.repository } });
    const signature = await new Webhooks({ secret }).sign(body);
    const status = await this.#send(push, body, {
      ...{ 'x-hub-signature-256': signature, 'x-signalbox-source': source },
      'x-signalbox-trigger': push.trigger,
    });
    if (status !== 200 && status !== 202) throw new NotTakenError(push, `HTTP status ${status}`);
  }

  /**
   * Posts what a forge told otherwise than by its webhook, as the webhook would have.
   * @returns the status of the answer. @throws {NotTakenError} if there was none, or it is to be sent later.
   */
  async relay({ id, event, payload, trigger, forge }: Relayed, secret: string): Promise<number> {
    const body = JSON.stringify(payload);
    const signature = await new Webhooks({ secret }).sign(body);
    const about = { ref: event, repository: id };
    const own = {
      github: { 'x-github-event': event, 'x-github-delivery': id, 'x-hub-signature-256': signature },
      gitlab: { 'x-gitlab-event': event, 'idempotency-key': id, 'x-gitlab-token': secret },
      bitbucket: { 'x-event-key': event, 'x-hook-uuid': 'poll', 'x-request-uuid': id, 'x-hub-signature': signature },
      'bitbucket-data-center': { 'x-event-key': event, 'x-request-id': id, 'x-hub-signature': signature },
    }[forge ?? 'github'];
    const status = await this.#send(about, body, { ...own, 'x-signalbox-trigger': trigger ?? 'webhook' });
    if (status === 429 || status >= 500) throw new NotTakenError(about, `HTTP status ${status}`);
    return status;
  }

  /** Closes the connections that are kept. */
  close(): void {
    this.#agent.destroy();
  }

  #send(push: Pick<Push, 'ref' | 'repository'>, body: string, own: Record<string, string>): Promise<number> {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'signalbox',
      'x-github-event': 'push',
      'x-github-delivery': randomUUID(),
      ...own,
    };
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => reject(new NotTakenError(push, error.message, { cause: error }));
      const post = request(this.#options.webhooksUrl(), { method: 'POST', headers, agent: this.#agent });
      const timeoutMs = this.#options.timeoutMs ?? 10_000;
      post.setTimeout(timeoutMs, () => post.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      post.on('error', fail);
      post.on('response', (answer) => {
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_ANSWER_BYTES) answer.destroy(new Error('the answer has no end'));
        });
        answer.on('error', fail);
        answer.on('end', () => resolve(answer.statusCode ?? 0));
      });
      post.end(body);
    });
  }
}
