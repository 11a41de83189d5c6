import { get } from 'node:http';
import { print } from './report.ts';
import { type Places, startServer } from './server.ts';

const KB = 1_000;

/** What a browser loads that comes for the first time: the home page with all that it names, as it is sent. */
export async function benchFirstLoad(places: Places): Promise<void> {
  const server = await startServer(places);
  try {
    const html = await (await fetch(`${server.http}/`)).text();
    const named = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+\.(?:js|css))"/g)].flatMap(([, path]) => path ?? []);
    if (named.length === 0) throw new Error('the home page names no assets');
    let bytes = 0;
    for (const path of ['/', ...new Set(named)]) bytes += await sentBytes(server.http + path);
    print({
      name: 'first load of the home page, compressed',
      value: bytes / KB,
      unit: 'kB',
      bound: { atMost: 120 },
      note: `${new Set(named).size} files and the page`,
    });
  } finally {
    await server.stop();
  }
}

/** Bytes of the body as they come over the wire. */
function sentBytes(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': 'br, gzip' } }, (answer) => {
      let bytes = 0;
      answer.on('data', (part: Buffer) => {
        bytes += part.length;
      });
      answer.on('end', () =>
        answer.statusCode === 200 ? resolve(bytes) : reject(new Error(`${url} answered ${answer.statusCode}`)),
      );
      answer.on('error', reject);
    }).on('error', reject);
  });
}
