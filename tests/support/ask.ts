import { type IncomingHttpHeaders, request } from 'node:http';

/** What to send; everything as it is, also what a well-behaved client would never send. */
export interface Question {
  readonly method?: string;
  /** Written into the request line as it is. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** The body as JSON; throws if it is none. */
  json<T = Record<string, unknown>>(): T;
}

/** One HTTP request to 127.0.0.1 on a connection of its own; nothing is normalised, unlike with `fetch`. */
export function ask(port: number, question: Question): Promise<Answer> {
  const { method = 'GET', path, headers = {}, body } = question;
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const whole = Buffer.concat(chunks);
        const text = whole.toString();
        const json = <T>() => JSON.parse(text) as T;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: whole, text, json });
      });
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
