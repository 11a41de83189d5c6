import { createHash, createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { messageOf } from '../../support/ci-error.ts';
import { type Body, GiveUpError, RetryLaterError, type Sending, type Sink, SinkDownError } from '../message.ts';
import { discordBody } from './discord.ts';
import { hookBody } from './hook-body.ts';
import { mattermostBody } from './mattermost.ts';
import { notifyBodySchema } from './message-body.ts';
import { type HookAnswer, postJson } from './post-json.ts';
import { slackBody } from './slack.ts';
import { USER_AGENT } from './smtp.ts';
import type { HookTarget } from './targets.ts';
import { teamsBody } from './teams.ts';
import { type Telling, tellingOfBodies } from './telling.ts';

/** Posts to chats and programs. */
export class HookSink implements Sink {
  readonly #hooks: ReadonlyMap<string, HookTarget>;

  /** By the names of their lanes. */
  constructor(hooks: ReadonlyMap<string, HookTarget>) {
    this.#hooks = hooks;
  }

  async send(body: Body, { sink, key, more, signal }: Sending): Promise<void> {
    const target = this.#hooks.get(sink);
    if (target === undefined) throw new GiveUpError('the configuration does not name this address any more');
    const [first, ...others] = [body, ...more].map((one) => notifyBodySchema.parse(one));
    if (first === undefined) throw new GiveUpError('the message is empty');
    const telling = tellingOfBodies([first, ...others]);
    const url = await addressOf(target);
    const text = JSON.stringify(bodyOf(target, telling, key));
    const headers = { 'User-Agent': USER_AGENT, ...(await headersOf(target, telling, text, key)) };
    const answer = await postJson(url, text, { headers, signal });
    judge(answer, url.host);
  }
}

/** What is posted to this kind of target. */
export function bodyOf(target: Pick<HookTarget, 'kind'>, telling: Telling, key: string): Record<string, unknown> {
  switch (target.kind) {
    case 'slack':
      return slackBody(telling);
    case 'mattermost':
      return mattermostBody(telling);
    case 'discord':
      return discordBody(telling);
    case 'teams':
      return teamsBody(telling);
    case 'webhook':
      return hookBody(telling, key);
    default:
      return target.kind satisfies never;
  }
}

/** Of a generic webhook: what happened, the id that a repetition carries again, and the signature over the body. */
async function headersOf(
  target: HookTarget,
  telling: Telling,
  text: string,
  key: string,
): Promise<Record<string, string>> {
  if (target.kind !== 'webhook') return {};
  const event = telling.notices.length === 1 ? (telling.notices[0]?.occasion ?? 'digest') : 'digest';
  const headers = { 'X-Signalbox-Event': event, 'X-Signalbox-Delivery': deliveryId(key) };
  if (target.secretFile === null) return headers;
  const secret = (await read(target.secretFile, 'secret_file')).trim();
  if (secret === '') throw new SinkDownError(`${target.secretFile} is empty: nothing is sent unsigned`);
  const signature = createHmac('sha256', secret).update(text).digest('hex');
  return { ...headers, 'X-Signalbox-Signature-256': `sha256=${signature}` };
}

/** A UUID made from the key: the same message has the same one, however often it is sent. */
function deliveryId(key: string): string {
  const hex = createHash('sha256').update(key).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

async function addressOf({ address }: HookTarget): Promise<URL> {
  const text = 'url' in address ? address.url : (await read(address.file, 'url_file')).trim();
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new SinkDownError('url_file holds no http(s) URL; it must hold the address and nothing else');
  return url;
}

async function read(file: string, key: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new SinkDownError(`${key}: ${messageOf(error)}`);
  }
}

/** What an answer means for this message, and for those after it. */
function judge({ status, words, retryAfterMs }: HookAnswer, host: string): void {
  if (status >= 200 && status < 300) return;
  const said = `${host} answered ${status}${words === '' ? '' : `: ${words}`}`;
  if (status >= 300 && status < 400)
    throw new SinkDownError(`${said}: a redirect, which is not followed; configure the address that it leads to`);
  if (status === 401 || status === 403 || status === 404 || status === 410)
    throw new SinkDownError(`${said}; the address is not, or no longer, one that takes messages`);
  if (status === 429) throw new SinkDownError(said, { afterMs: retryAfterMs ?? 60_000 });
  if (status === 408 || status >= 500) throw new RetryLaterError(said, { afterMs: retryAfterMs });
  throw new GiveUpError(said);
}
