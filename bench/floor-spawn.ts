// `spawn` with pipes of a script, so many at a time; prints processes a second. A process of its own, since a spawn copies
// the page tables of the process that calls it: it would be slow from the benchmark itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const [script = '', slots = '1', count = '1'] = process.argv.slice(2);
let left = Number(count);

async function work(): Promise<void> {
  while (left-- > 0) {
    const child = spawn(script, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.resume();
    child.stderr.resume();
    await once(child, 'close');
  }
}

const began = performance.now();
await Promise.all(Array.from({ length: Number(slots) }, work));
console.log(Number(count) / ((performance.now() - began) / 1000));
