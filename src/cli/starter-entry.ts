// The program that starts the steps of a runner; it loads next to nothing, to stay small. Its name for `ps` is argv[2].
import { Socket } from 'node:net';
import { serveStarts } from '../runner/starter-service.ts';

await serveStarts(new Socket({ fd: 3, readable: true, writable: true }));
process.exit();
