import * as z from 'zod';
import { withObserver } from './connect.ts';
import type { Invocation } from './context.ts';
import { EXIT } from './exit-code.ts';

/** `signalbox deliveries redeliver ID`. */
export async function run(invocation: Invocation): Promise<number> {
  const { context, args, options } = invocation;
  const [id = ''] = args;
  return withObserver(invocation, async (api) => {
    const answer = await api.post(`/api/deliveries/${encodeURIComponent(id)}/redeliver`, {}, z.looseObject({}));
    if (options.json) context.terminal.json(answer);
    else context.terminal.say(`${id} is taken as if it came again; "signalbox deliveries" shows what comes of it`);
    return EXIT.done;
  });
}
