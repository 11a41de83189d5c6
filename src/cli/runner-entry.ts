// The program of one runner process, started by `signalbox up`; main.ts is not loaded, to start in a moment.
import { runRunnerProcess } from './runner-main.ts';

void runRunnerProcess(process.argv.slice(2), process.env);
