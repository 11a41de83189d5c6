import { connect } from 'node:net';

// so many pages with an open event stream, which read and look at nothing: `floor-readers PORT COUNT`; `open` when all are
const [port, count] = process.argv.slice(2).map(Number);
const request = `GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\n\r\n`;
let open = 0;
for (let n = 0; n < (count ?? 0); n += 1) {
  const socket = connect(port ?? 0, '127.0.0.1', () => socket.write(request));
  socket.once('data', (bytes) => {
    if (!bytes.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(bytes.toString('latin1').slice(0, 200));
    open += 1;
    if (open === count) console.log('open');
  });
  socket.resume();
}
