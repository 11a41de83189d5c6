import { parseWorkflow } from '../src/workflow/parse-workflow.ts';
import { median, print } from './report.ts';

const ROUNDS = 21;
const LINES = 1_000;

/** What it costs to read a workflow file that one has not seen before: large, and full of expressions. */
export async function benchParse(): Promise<void> {
  const text = largeFile();
  const first = timed(text);
  const times = Array.from({ length: ROUNDS }, () => timed(text));
  const count = text.split('${{').length - 1;
  print({
    name: `a workflow of ${LINES} lines and ${count} expressions, parsed`,
    value: median(times),
    unit: 'ms',
    bound: { atMost: 150 },
    note: `the first time in the process, GitHub's schema included: ${first.toFixed(0)} ms`,
  });
}

function timed(text: string): number {
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
