import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Heard } from './readers.ts';

// `floor-pages FILE COUNT`: a bare server that tells its pages what FILE says that a page was told, at the same times, again
// and again, and answers each question with as many bytes as it had. Says its port.
const [file = '', count = ''] = process.argv.slice(2);
const heard: Heard = JSON.parse(readFileSync(file, 'utf8'));
const answer = Buffer.alloc(heard.answerBytes / Math.max(1, heard.questions), 'x');
const messages = heard.messages.map(([ms, text]) => ({ ms, bytes: Buffer.from(text) }));
const pages = new Set<ServerResponse>();
const server = createServer((request, response) => {
  if (!request.url?.startsWith('/live/')) return void response.end(answer);
  response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
  response.write(': hello\n\n');
  pages.add(response);
  response.once('close', () => pages.delete(response));
  if (pages.size === Number(count)) tell(0, performance.now());
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));

function tell(n: number, beganMs: number): void {
  const message = messages[n];
  if (message === undefined) return void (messages.length > 0 && tell(0, performance.now()));
  setTimeout(
    () => {
      for (const page of pages) page.write(message.bytes);
      tell(n + 1, beganMs);
    },
    beganMs + message.ms - performance.now(),
  );
}
