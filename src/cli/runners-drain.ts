import * as z from 'zod';
import { withServer } from './connect.ts';
import type { Invocation } from './context.ts';
import { EXIT } from './exit-code.ts';

/** `signalbox runners drain NAME`. */
export async function run(invocation: Invocation): Promise<number> {
  const { context, args, options } = invocation;
  const [name = ''] = args;
  return withServer(invocation, async (api) => {
    const answer = await api.post(`/api/runners/${encodeURIComponent(name)}/drain`, {}, z.looseObject({}));
    if (options.json) context.terminal.json(answer);
    else
      context.terminal.say(`${name} finishes what it has and takes no more, until "signalbox runners resume ${name}"`);
    return EXIT.done;
  });
}
