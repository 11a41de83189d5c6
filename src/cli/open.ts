import { spawn } from 'node:child_process';
import * as z from 'zod';
import { withServer } from './connect.ts';
import type { Invocation } from './context.ts';
import { EXIT } from './exit-code.ts';

/** `signalbox open`. */
export async function run(invocation: Invocation): Promise<number> {
  const { context, options } = invocation;
  return withServer(invocation, async (api) => {
    const { url } = await api.post('/api/login-links', {}, z.looseObject({ url: z.string() }));
    if (options.json) context.terminal.json({ url });
    else context.terminal.line(url);
    if (context.terminal.isInteractive && !options.json) openInBrowser(url);
    return EXIT.done;
  });
}

/** As far as there is a browser; the link was printed anyway. */
function openInBrowser(url: string): void {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(program, [url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
