import type { loadDeliveries } from '../../../src/web/deliveries-page.ts';
import type { DeliveryJson, RefusedJson } from '../../../src/web/deliveries-reader.ts';
import type { PageView } from '../page.ts';
import { Command } from '../parts/command.tsx';
import { becameOf, DeliveryDetail, DeliveryLamp, fromWhom } from '../parts/delivery.tsx';
import { Lamp } from '../parts/lamp.tsx';
import { Prose } from '../parts/prose.tsx';
import { Age } from '../parts/time.tsx';
import { withQuery } from '../urls.ts';
import { count, shortRef } from '../words.ts';

/** Data of the deliveries. */
export type DeliveriesData = Awaited<ReturnType<typeof loadDeliveries>>;

/** What forges and hooks have told, and what became of it. */
export const deliveries: PageView<DeliveriesData> = {
  name: 'deliveries',
  section: 'deliveries',
  title: ({ detail }) => (detail === null ? 'Deliveries' : `Delivery ${detail.id}`),
  concernedBy: () => [{ type: 'run.queued' }, { type: 'ref.' }],
  everyMs: 5_000, // most deliveries make no event
  Component: DeliveriesPage,
};

const FILTERS = [
  { status: null, name: 'All' },
  { status: 'processed', name: 'Processed' },
  { status: 'pending', name: 'Waiting' },
  { status: 'ignored', name: 'Started nothing' },
  { status: 'failed', name: 'Given up' },
  { status: 'refused', name: 'Refused' },
] as const;

function DeliveriesPage({ data }: { readonly data: DeliveriesData }) {
  const { list, refused, detail, shown } = data;
  if (list === null) return <NotHere />;
  const isRefused = shown.status === 'refused';
  return (
    <>
      <div class="head">
        <h1>{titleOf(data)}</h1>
        {shown.repository !== null && (
          <p class="meta">
            of {shown.repository}.{' '}
            <a class="link" href="/deliveries">
              Show all
            </a>
          </p>
        )}
      </div>
      <nav class="tabs" aria-label="What became of them">
        {FILTERS.map(({ status, name }) => (
          <a
            key={name}
            href={withQuery('/deliveries', queryOf(shown.repository, status))}
            aria-current={status === shown.status ? 'true' : undefined}
          >
            {name}
            {status === 'refused' && refused.length > 0 && <b>{refused.length}</b>}
          </a>
        ))}
      </nav>
      <div class={detail === null ? 'arrivals' : 'arrivals two'}>
        {isRefused ? (
          <RefusedList refused={refused} />
        ) : (
          <List data={data} deliveries={list.deliveries} next={list.next} />
        )}
        {detail !== null && (
          <DeliveryDetail
            key={detail.id}
            delivery={detail}
            list={withQuery('/deliveries', queryOf(shown.repository, shown.status))}
          />
        )}
      </div>
      <p class="meta">
        {isRefused
          ? 'What is refused is not kept: this is what came since the server started. Its sender got these words as the answer.'
          : 'Deliveries are kept for 30 days.'}
      </p>
    </>
  );
}

function titleOf({ list, refused, shown }: DeliveriesData): string {
  const total = list?.total ?? 0;
  if (shown.status === 'refused')
    return refused.length === 0
      ? 'Nothing was refused'
      : `${count(refused.reduce((sum, { times }) => sum + times, 0))} refused`;
  if (shown.repository !== null || shown.status !== null) return `${count(total, 'delivery', 'deliveries')} of these`;
  return total === 0 ? 'Nothing was delivered yet' : `${count(total, 'delivery', 'deliveries')}, the newest first`;
}

/** What was not taken, and why: whoever points a webhook here finds the mistake. */
function RefusedList({ refused }: { readonly refused: readonly RefusedJson[] }) {
  if (refused.length === 0) return <p class="none">Whatever came since the server started was taken.</p>;
  return (
    <ul class="rows">
      {refused.map((one) => (
        <li key={`${one.received_at} ${one.code} ${one.repository}`} class="arrival" data-row>
          <Lamp state="error" label="refused" />
          <div>
            <span class="t cut">{one.repository ?? 'Of no repository that could be read'}</span>
            <p class="why">
              <span class="meta">
                {one.event ?? 'something'} from {one.forge ?? 'nobody known'}
                {one.times > 1 && `, ${count(one.times)} times`}
              </span>{' '}
              <Prose words={one.message} />
            </p>
          </div>
          <span class="num">
            <Age at={one.received_at} />
            <span class="meta">{one.answer}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function List(props: {
  readonly data: DeliveriesData;
  readonly deliveries: readonly DeliveryJson[];
  readonly next: number | null;
}) {
  const { data, deliveries: all, next } = props;
  const { repository, status } = data.shown;
  if (all.length === 0)
    return (
      <p class="none">
        Each push that a webhook or a hook tells of is listed here.{' '}
        <a class="link" href="/settings?section=webhooks">
          Point a webhook here
        </a>
      </p>
    );
  return (
    <div>
      <ul class="rows">
        {all.map((one) => (
          <li key={one.id} class="arrival" data-row>
            <DeliveryLamp status={one.status} />
            <div>
              <a
                class="t cut"
                href={withQuery('/deliveries', { ...queryOf(repository, status), delivery: one.id })}
                aria-current={data.detail?.id === one.id ? 'true' : undefined}
              >
                {one.repository} {one.ref !== null && <span class="ref">{shortRef(one.ref)}</span>}
              </a>
              <p class="why">
                <span class="meta">{fromWhom(one)}</span> <Prose words={becameOf(one)} />
              </p>
            </div>
            <span class="num">
              <Age at={one.received_at} />
              <span class="meta">{one.answer}</span>
            </span>
          </li>
        ))}
      </ul>
      {next !== null && (
        <p class="more">
          <a class="link" href={withQuery('/deliveries', { ...queryOf(repository, status), before: String(next) })}>
            Older deliveries
          </a>
        </p>
      )}
    </div>
  );
}

function queryOf(repository: string | null, status: string | null): Record<string, string> {
  return { ...(repository === null ? {} : { repository }), ...(status === null ? {} : { status }) };
}

function NotHere() {
  return (
    <div class="hello">
      <h1>Deliveries are not read here</h1>
      <p class="dim">
        The observer takes them, and it is not part of this process, or has not started yet. Ask it in the terminal of
        its machine:
      </p>
      <Command text="signalbox deliveries" />
    </div>
  );
}
