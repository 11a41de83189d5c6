// Does one thing in a process that has done nothing else, and prints how many milliseconds that took.
import { compileLater } from '../src/support/engine.ts';
import { largeFile, parseTimed } from './parse.ts';
import { planTimed } from './plan.ts';

compileLater(); // as every process of the product; what was compiled before is not kept here, as it is there
const text = largeFile();
console.log(process.argv[2] === 'plan' ? planTimed() : parseTimed(text));
