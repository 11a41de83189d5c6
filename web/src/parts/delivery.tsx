import { useState } from 'preact/hooks';
import type { DeliveryJson } from '../../../src/web/deliveries-reader.ts';
import { askServer } from '../ask-server.ts';
import { runUrl } from '../urls.ts';
import { count, type Lamp as LampState, size } from '../words.ts';
import { Lamp } from './lamp.tsx';
import { Prose } from './prose.tsx';
import { type Outcome, refused, Said, told } from './said.tsx';
import { ClockTime } from './time.tsx';

const LAMPS: Readonly<Record<DeliveryJson['status'], { state: LampState; words: string }>> = {
  pending: { state: 'queued', words: 'waits to be processed' },
  processed: { state: 'success', words: 'processed' },
  ignored: { state: 'skipped', words: 'started nothing' },
  failed: { state: 'error', words: 'given up' },
};

/** Where a delivery is. */
export function DeliveryLamp({ status }: { readonly status: DeliveryJson['status'] }) {
  const { state, words } = LAMPS[status];
  return <Lamp state={state} label={words} />;
}

/** `push from github`; what a hook, the watcher or the poller saw move is from no forge, though it has the form of GitHub's. */
export function fromWhom({ forge, event, trigger }: DeliveryJson): string {
  if (trigger === 'webhook') return `${event} from ${forge}`;
  // of pull requests the poller tells in the words of the forge that it asked
  const whose = trigger === 'poll' && event !== 'push' ? ` from ${forge}` : '';
  return `${event}${whose}, told by ${trigger}`;
}

/** What became of it, in words. */
export function becameOf({ status, outcome, error, tries }: DeliveryJson): string {
  const again = tries > 0 ? ` after ${count(tries, 'try', 'tries')}` : '';
  const why = error ?? outcome;
  return `${LAMPS[status].words}${again}${why === null ? '' : `: ${why}`}`;
}

type Detail = DeliveryJson & { readonly payload: string; readonly payload_characters: number };

/**
 * What was sent, what was answered, what became of it, and once more. `list`: where the others are; where there is no room for both, that is the way back.
 */
export function DeliveryDetail({ delivery, list }: { readonly delivery: Detail; readonly list: string }) {
  const { id, received_at: at, processed_at: processed, bytes, answer, headers } = delivery;
  const { payload, payload_characters: characters } = delivery;
  const path = `/api/deliveries/${encodeURIComponent(id)}`;
  return (
    <section class="arrival-detail" aria-labelledby="delivery">
      <p class="back">
        <a class="link" href={list}>
          All deliveries
        </a>
      </p>
      <h2 id="delivery" class="mono">
        {id}
      </h2>
      <p>
        <WithRuns words={becameOf(delivery)} />
      </p>
      <p class="meta">
        Received <ClockTime at={at} />, {size(bytes)}, answered {answer}
        {processed !== null && [', processed ', <ClockTime key="at" at={processed} other={at} />]}
      </p>
      <div class="acts">
        <Redeliver path={path} />
        <a class="btn" href={path}>
          As JSON
        </a>
      </div>
      <h3>Headers</h3>
      <dl class="headers">
        {Object.entries(headers).map(([name, value]) => [
          <dt key={name}>{name}</dt>,
          <dd key={`${name} value`}>{String(value)}</dd>,
        ])}
      </dl>
      <h3>Payload</h3>
      <pre class="payload" tabIndex={0} role="region" aria-label="Payload">
        {payload}
      </pre>
      {characters > payload.length && (
        <p class="meta">
          The first {count(payload.length)} of {count(characters)} characters;{' '}
          <a class="link" href={path}>
            the whole
          </a>
        </p>
      )}
    </section>
  );
}

/** Words of an outcome, `1 commit dispatched, runs 3, 4`, with links to the runs. */
function WithRuns({ words }: { readonly words: string }) {
  const found = /^(.*\bruns? )(\d+(?:, \d+)*)$/.exec(words);
  if (found === null) return <Prose words={words} />;
  const [, before = '', ids = ''] = found;
  return (
    <>
      {before}
      {ids.split(', ').map((id, at) => [
        at > 0 && ', ',
        <a key={id} class="link" href={runUrl(Number(id))}>
          {id}
        </a>,
      ])}
    </>
  );
}

function Redeliver({ path }: { readonly path: string }) {
  const [said, setSaid] = useState<Outcome | null>(null);
  const again = async () => {
    setSaid(told('Asked for'));
    const answer = await askServer('POST', `${path}/redeliver`, {});
    setSaid(answer.isDone ? told('Taken again; what becomes of it is told here') : refused(answer.why));
  };
  return (
    <>
      <button type="button" class="btn" onClick={() => void again()}>
        Redeliver
      </button>
      <Said outcome={said} />
    </>
  );
}
