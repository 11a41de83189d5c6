import * as z from 'zod';
import { withServer } from './connect.ts';
import type { Invocation } from './context.ts';
import { EXIT } from './exit-code.ts';

/** `signalbox runners resume NAME`. */
export async function run(invocation: Invocation): Promise<number> {
  const { context, args, options } = invocation;
  const [name = ''] = args;
  return withServer(invocation, async (api) => {
    const answer = await api.post(`/api/runners/${encodeURIComponent(name)}/resume`, {}, z.looseObject({}));
    if (options.json) context.terminal.json(answer);
    else context.terminal.say(`${name} takes jobs again`);
    return EXIT.done;
  });
}
