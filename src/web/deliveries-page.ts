import { HttpError } from '../support/http-guard.ts';
import type { WebContext } from './context.ts';
import type { DeliveryJson } from './deliveries-reader.ts';

/** Deliveries of one page. */
const PAGE = 50;
/** Characters of a payload that the page shows; the API has the whole. */
const MOST_PAYLOAD = 64 * 1_024;

/** What of all deliveries is shown. */
export interface DeliveriesGiven {
  readonly delivery?: string | undefined;
  readonly repository?: string | undefined;
  /** `refused`: what was not taken, and is no delivery therefore. */
  readonly status?: DeliveryJson['status'] | 'refused' | undefined;
  readonly before?: number | undefined;
}

/** What the page of the deliveries shows. `list` null: the observer is not part of this process, or does not run. */
export async function loadDeliveries({ deliveries }: Pick<WebContext, 'deliveries'>, given: DeliveriesGiven) {
  const { delivery, repository = null, status = null, before = Number.MAX_SAFE_INTEGER } = given;
  const shown = { repository, status };
  const refused = deliveries?.refused() ?? [];
  const isRefused = status === 'refused';
  const list = await deliveries?.list({
    before,
    limit: isRefused ? 1 : PAGE,
    repository,
    status: isRefused ? null : status,
  });
  if (list === undefined) return { shown, list: null, refused, detail: null };
  return { shown, list, refused, detail: delivery === undefined ? null : await detailOf(deliveries, delivery) };
}

async function detailOf(reader: WebContext['deliveries'], id: string) {
  const found = await reader?.find(id);
  if (found === undefined)
    throw new HttpError(404, 'E_NOT_FOUND', 'there is no such delivery; old ones are forgotten after 30 days');
  const { payload, ...rest } = found;
  const text = JSON.stringify(payload, null, 2);
  return { ...rest, payload: text.slice(0, MOST_PAYLOAD), payload_characters: text.length };
}
