import { parseWorkflow } from '../src/workflow/parse-workflow.ts';
import { inFreshProcesses } from './fresh-processes.ts';
import { median, print } from './report.ts';
import type { Places } from './server.ts';

const ROUNDS = 21;
const LINES = 1_000;

/**
 * What it costs to read a workflow file that one has not seen before: large, and full of expressions. The figure is that of
 * a process that has parsed nothing yet, GitHub's schema included.
 */
export async function benchParse(places: Places): Promise<void> {
  const first = await inFreshProcesses(places, 'parse');
  const text = largeFile();
  parseTimed(text);
  const times = Array.from({ length: ROUNDS }, () => parseTimed(text));
  const count = text.split('${{').length - 1;
  print({
    name: `a workflow of ${LINES} lines and ${count} expressions, first parse`,
    value: median(first),
    unit: 'ms',
    bound: { atMost: 150 },
    note: `of ${first.length} new processes the slowest ${Math.max(...first).toFixed(0)} ms; once warm ${median(times).toFixed(0)} ms`,
  });
}

/** Parses a text, and says how many milliseconds it took. */
export function parseTimed(text: string): number {
  const began = performance.now();
  const parsed = parseWorkflow('.github/workflows/bench.yml', text);
  const ms = performance.now() - began;
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return ms;
}

/** Jobs of the usual kind until the file is long enough: an expression in every second line. */
export function largeFile(): string {
  const lines = ['name: Large', 'on: [push, pull_request]', 'jobs:'];
  for (let index = 0; lines.length < LINES; index++) lines.push(...jobLines(index));
  return lines.join('\n');
}

function jobLines(index: number): readonly string[] {
  return [
    `  job-${index}:`,
    `    name: job ${index} on \${{ matrix.os }} with \${{ matrix.node }}`,
    ...(index === 0 ? [] : [`    needs: job-${index - 1}`]),
    "    if: github.event_name == 'push' && (startsWith(github.ref, 'refs/tags/') || !contains(github.ref, 'wip'))",
    '    runs-on: ${{ matrix.os }}',
    '    strategy: { matrix: { os: [ubuntu-latest, macos-latest], node: "${{ fromJSON(vars.NODES) }}" } }',
    '    env:',
    "      CACHE: ${{ format('{0}-{1}-{2}', matrix.os, matrix.node, needs.*.outputs.version) }}",
    "      MODE: ${{ github.ref == 'refs/heads/main' && 'production' || 'development' }}",
    '    outputs: { version: "${{ steps.version.outputs.version }}" }',
    '    steps:',
    '      - uses: actions/checkout@v4',
    '        with: { ref: "${{ github.event.pull_request.head.sha || github.sha }}" }',
    '      - id: version',
    "        if: ${{ success() && matrix.node != '18' }}",
    '        run: |',
    '          echo "version=${{ github.run_number }}.${{ strategy.job-index }}" >> "$GITHUB_OUTPUT"',
    `          echo '\${{ toJSON(github.event) }}' > event-${index}.json`,
    '      - name: Test ${{ matrix.node }}',
    '        env: { TOKEN: "${{ secrets.TOKEN }}", LEVEL: "${{ inputs.level || \'info\' }}" }',
    '        run: npm test -- --node ${{ matrix.node }}',
  ];
}
