import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Api, ApiError, UnreachableError } from '../../src/protocol/api.ts';

async function serving(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    api: new Api(`http://127.0.0.1:${port}`, 'secret-token'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const anything = z.looseObject({});

describe('the client of the API', () => {
  test('sends the token only where something is changed', async () => {
    const seen: (string | undefined)[] = [];
    await using server = await serving((request, response) => {
      seen.push(`${request.method} ${request.headers.authorization}`);
      response.end('{}');
    });
    await server.api.get('/a', anything);
    await server.api.post('/b', {}, anything);
    await server.api.delete('/c', anything);
    expect(seen).toEqual(['GET undefined', 'POST Bearer secret-token', 'DELETE Bearer secret-token']);
  });

  test('passes on the code and the words of the server', async () => {
    await using server = await serving((_, response) => {
      response.statusCode = 404;
      response.end(JSON.stringify({ error: { code: 'E_NOT_FOUND', message: 'there is no run 7' } }));
    });
    const error = await server.api.get('/x', anything).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: 'E_NOT_FOUND', message: 'there is no run 7', status: 404 });
  });

  test('says so when something else answers', async () => {
    await using server = await serving((_, response) => {
      response.statusCode = 502;
      response.end('<html>');
    });
    await expect(server.api.get('/x', anything)).rejects.toThrow(/answered 502.*is it Signalbox/);
  });

  test('names the field of an answer that does not fit', async () => {
    await using server = await serving((_, response) => response.end('{"a":{"b":"text"}}'));
    const schema = z.object({ a: z.object({ b: z.number() }) });
    await expect(server.api.get('/x', schema)).rejects.toThrow(
      /has no fitting "a\.b"; is the server of another version/,
    );
  });

  test('tells a server that is not there from one that says no', async () => {
    const gone = await serving(() => {});
    await gone[Symbol.asyncDispose]();
    await expect(gone.api.get('/x', anything)).rejects.toThrow(UnreachableError);
  });

  test('reads events cut anywhere, ids without data included', async () => {
    const text = 'id: 4\n\n: alive\n\nid: 5\ndata: {"a":1}\n\nevent: end\ndata: ä\ndata: b\n\n';
    await using server = await serving(async (request, response) => {
      expect(request.headers['last-event-id']).toBe('3');
      response.flushHeaders();
      for (const byte of Buffer.from(text)) {
        response.write(Buffer.from([byte]));
        await new Promise(setImmediate);
      }
      response.end();
    });
    const events = [];
    for await (const event of server.api.events('/events', '3')) events.push(event);
    expect(events).toEqual([
      { id: '4', event: 'message', data: '' },
      { id: '5', event: 'message', data: '{"a":1}' },
      { id: null, event: 'end', data: 'ä\nb' },
    ]);
  });

  test('tells of a stream that breaks off', async () => {
    await using server = await serving((_, response) => {
      response.write('id: 1\n\n', () => response.destroy());
    });
    const read = async () => {
      for await (const _ of server.api.events('/events', null));
    };
    await expect(read()).rejects.toThrow(UnreachableError);
  });
});
