import { deliveriesSchema } from '../protocol/api-schema.ts';
import { withObserver } from './connect.ts';
import type { Invocation } from './context.ts';
import { EXIT } from './exit-code.ts';
import { oneLine } from './harmless.ts';
import { wholeNumber } from './options.ts';
import { age, refName, table } from './views.ts';

/** `signalbox deliveries`. */
export async function run(invocation: Invocation<{ readonly limit?: string }>): Promise<number> {
  const { options, context } = invocation;
  const { terminal } = context;
  const limit = wholeNumber('--limit', options.limit, 1, 100) ?? 20;
  return withObserver(invocation, async (api) => {
    const answer = await api.get(`/api/deliveries?limit=${limit}`, deliveriesSchema);
    if (options.json) terminal.json(answer);
    else if (answer.deliveries.length === 0) terminal.say('no deliveries');
    const rows = answer.deliveries.map((delivery) => [
      oneLine(delivery.id),
      `${oneLine(delivery.event)} by ${delivery.trigger}`,
      oneLine(delivery.repository),
      refName(delivery.ref ?? ''),
      terminal.colours.dim(age(delivery.received_at, new Date())),
      delivery.status,
      oneLine(delivery.error ?? delivery.outcome ?? ''),
    ]);
    if (!options.json) for (const line of table(rows, terminal)) terminal.line(line);
    return EXIT.done;
  });
}
