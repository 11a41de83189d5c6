import { connect, type Socket } from 'node:net';
import type { Interest, PageNews } from '../web/src/page.ts';

// `readers PORT COUNT pages|programs`: so many open pages, or programs that follow `/api/events`, on bare sockets. They look
// at nothing that they can leave alone, so that they cost little. Says `open` when all are; at the end of its input what one
// page was told and what was asked for, as JSON.

/** Pages that show what happens everywhere, in turn: each event of a job or a run concerns them. */
const PAGES: readonly { readonly path: string; readonly of: readonly Interest[] }[] = [
  { path: '/', of: [{ type: 'run.' }, { type: 'repository.' }, { type: 'job.' }, { type: 'ref.' }] },
  { path: '/runs', of: [{ type: 'run.' }] },
  { path: '/repositories/local/app', of: [{ type: 'run.', repository: 'local/app' }] },
  { path: '/queue', of: [{ type: 'run.' }, { type: 'job.' }] },
  { path: '/runners', of: [{ type: 'job.' }] },
];
/** Connections for the questions of all pages. */
const CONNECTIONS = 10;

/** What one page was told, and what all asked for. */
export interface Heard {
  /** Milliseconds since the page was opened, and the message. */
  readonly messages: (readonly [number, string])[];
  questions: number;
  answerBytes: number;
}

const [port = 0, count = 0] = process.argv.slice(2).map(Number);
const isProgram = process.argv[4] === 'programs';
const askers: Socket[] = [];
const heard: Heard = { messages: [], questions: 0, answerBytes: 0 };

function openPage(n: number): void {
  const page = PAGES[n % PAGES.length] ?? { path: '/', of: [] };
  const path = isProgram ? '/api/events' : `/live/changes?of=${encodeURIComponent(JSON.stringify(page.of))}`;
  const began = performance.now();
  const wishes = new Wishes(page.path);
  const socket = connect(port, '127.0.0.1', () => socket.write(requestOf(path, 'text/event-stream')));
  socket.once('data', (bytes) => {
    if (!bytes.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(bytes.toString('latin1').slice(0, 200));
    open += 1;
    if (open === count) console.log('open');
    if (isProgram) socket.resume();
    else
      socket.on('data', (more) => {
        for (const [message, name, data = ''] of more.toString('latin1').matchAll(/event: (.*)\ndata: (.*)\n\n/g)) {
          if (n === 0) heard.messages.push([performance.now() - began, message]);
          if (name === 'changed') wishes.changed(JSON.parse(data));
        }
      });
  });
}

function requestOf(path: string, type: string, more = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: ${type}\r\nAccept-Encoding: gzip\r\n${more}\r\n`;
}

/** A connection for questions; a server closes one that nobody uses. */
function asker(n: number): Socket {
  const known = askers[n];
  if (known?.writable === true) return known;
  const socket = connect(port, '127.0.0.1');
  askers[n] = socket;
  socket.on('data', (bytes) => {
    heard.answerBytes += bytes.length;
  });
  socket.on('error', () => socket.destroy());
  return socket;
}

/** Asks again as `web/src/refresh.ts` does. */
class Wishes {
  readonly #path: string;
  #lastMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #upTo = 0;

  constructor(path: string) {
    this.#path = path;
  }

  changed({ upTo, pauseMs }: PageNews): void {
    this.#upTo = upTo;
    const now = performance.now();
    const dueMs = Math.max(now + 20 + Math.max(0, pauseMs - 250) * Math.random(), this.#lastMs + pauseMs);
    this.#timer ??= setTimeout(() => this.#ask(), dueMs - now);
  }

  #ask(): void {
    this.#timer = undefined;
    this.#lastMs = performance.now();
    heard.questions += 1;
    asker(heard.questions % CONNECTIONS).write(
      requestOf(this.#path, 'application/json', `Signalbox-After: ${this.#upTo}\r\n`),
    );
  }
}

let open = 0;
for (let n = 0; n < count; n += 1) openPage(n);
process.stdin.on('end', () => process.stdout.write(JSON.stringify(heard), () => process.exit())).resume();
