// The barest thing that does what a signed webhook needs: express, the signature, one row, all rows of a moment in one
// durable commit, and only then the answer.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { DatabaseSync } from '@photostructure/sqlite';
import express from 'express';

const [path = '', secret = ''] = process.argv.slice(2);
const db = new DatabaseSync(path);
db.exec(
  'pragma journal_mode = wal; pragma synchronous = full; create table deliveries (id text primary key, body blob)',
);
const insert = db.prepare('insert into deliveries values (?, ?)');
let group: { id: string; body: Buffer; done: () => void }[] = [];

function commit(): void {
  const rows = group;
  group = [];
  db.exec('begin');
  for (const { id, body } of rows) insert.run(id, body);
  db.exec('commit');
  for (const { done } of rows) done();
}

const app = express();
app.post('/webhooks', express.raw({ type: 'application/json', limit: '25mb', inflate: false }), (request, response) => {
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(request.body).digest('hex')}`);
  const given = Buffer.from(String(request.headers['x-hub-signature-256']));
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) {
    response.status(401).end();
    return;
  }
  if (group.length === 0) setImmediate(commit);
  const id = String(request.headers['x-github-delivery']);
  group.push({ id, body: request.body, done: () => response.status(202).json({ delivery: id }) });
});
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(
    JSON.stringify({ msg: 'ready', http: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` }),
  );
});
