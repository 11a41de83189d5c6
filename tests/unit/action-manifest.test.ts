import { describe, expect, test } from 'vitest';
import { ActionError, remoteParts } from '../../src/runner/actions/action.ts';
import { parseManifest } from '../../src/runner/actions/manifest.ts';
import { templateOfText } from '../../src/runner/actions/template-text.ts';
import { isAllowed } from '../../src/workflow/allowed-actions.ts';

const at = { line: 1, column: 1 };
const parse = (text: string) => parseManifest({ folder: '/a', path: 'acme/lint@v1/action.yml', text });

async function refusal(text: string): Promise<string> {
  const error = await parse(text).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ActionError);
  return (error as Error).message;
}

describe('a manifest', () => {
  test('of a JavaScript action names its files and when they run', async () => {
    const action = await parse(`
name: Lint
inputs:
  level: { description: how much, required: true, default: 2 }
  token: { default: "\${{ github.token }}", deprecationMessage: do not }
  plain:
outputs:
  report: { description: where }
runs: { using: node20, main: dist/index.js, post: dist/post.js, post-if: "success()" }
`);
    expect(action).toMatchObject({
      kind: 'node',
      using: 'node20',
      main: '/a/dist/index.js',
      post: '/a/dist/post.js',
      postIf: { expr: 'success()', at: { line: 9 } },
      preIf: { expr: 'always()' },
      manifest: {
        name: 'Lint',
        inputs: {
          level: { required: true, default: 2 },
          token: { required: false, default: { expr: 'github.token', at: { line: 5 } }, deprecation: 'do not' },
          plain: { required: false },
        },
        outputs: { report: {} },
      },
    });
  });

  test('of a docker action names an image, or a Dockerfile beside it', async () => {
    expect(
      await parse('runs: { using: docker, image: Dockerfile, args: ["-v", "${{ inputs.level }}"] }'),
    ).toMatchObject({
      image: { dockerfile: '/a/Dockerfile' },
      args: ['-v', { expr: 'inputs.level' }],
    });
    expect(await parse('runs: { using: docker, image: "docker://alpine:3" , env: { A: 1 } }')).toMatchObject({
      image: { name: 'alpine:3' },
      env: { entries: [['A', 1]] },
    });
  });

  test('of a composite action has steps like those of a workflow', async () => {
    const action = await parse(`
outputs: { greeting: { value: "\${{ steps.say.outputs.text }}" } }
runs:
  using: composite
  steps:
    - { id: say, run: "echo text=hi >> $GITHUB_OUTPUT", shell: bash }
    - uses: ./other
`);
    expect(action).toMatchObject({
      kind: 'composite',
      manifest: { outputs: { greeting: { value: { expr: 'steps.say.outputs.text' } } } },
      steps: [{ id: 'say', shell: 'bash', at: { line: 6 } }, { uses: './other' }],
    });
    expect(await refusal('runs:\n  using: composite\n  steps:\n    - run: ls\n')).toMatch(/action\.yml:4:\d+: .*shell/);
  });

  test('that cannot be executed is refused with its place', async () => {
    expect(await refusal('name: x\n')).toBe(
      "acme/lint@v1/action.yml:1:1: runs is missing; it must be a mapping with 'using'",
    );
    expect(await refusal('name: x\nruns:\n  using: node99x\n')).toMatch(
      /^acme\/lint@v1\/action\.yml:3:10: 'using: node99x'/,
    );
    expect(await refusal('runs:\n  using: node20\n')).toMatch(/action\.yml:2:3: .* must name a JavaScript file/);
    expect(await refusal('runs:\n  using: docker\n')).toMatch(/:2:3: a docker action must name an image/);
    expect(await refusal('runs:\n  using: composite\n')).toMatch(/:2:3: a composite action must have steps/);
    expect(await refusal('runs: [\n')).toMatch(/:2:1: this is not valid YAML/);
    expect(await refusal('inputs:\n  a: 5\nruns: { using: node20, main: x }\n')).toMatch(
      /:2:6: inputs\.a must be a mapping/,
    );
    expect(await refusal('inputs: { a: { default: "${{ x" } }\nruns: { using: node20, main: x }\n')).toMatch(
      /:1:25: an expression begins/,
    );
  });

  test('that is a YAML bomb is refused', async () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 9; level++)
      lines.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      );
    expect(await refusal(lines.join('\n'))).toMatch(/alias/);
  });
});

test('text around expressions becomes one format()', () => {
  expect(templateOfText("it's {a} ${{ x }} and ${{ '}}' }}", at)).toEqual({
    expr: "format('it''s {{a}} {0} and {1}', x, '}}')",
    at,
  });
  expect(templateOfText('plain', at)).toBe('plain');
  expect(templateOfText('', at)).toBe('');
  expect(templateOfText('${{ open', at)).toBeUndefined();
});

test('the parts of a remote name are told apart', () => {
  expect(remoteParts('acme/lint@v1')).toEqual({ owner: 'acme', repository: 'lint', path: '', ref: 'v1' });
  expect(remoteParts('acme/lint/sub/dir@feature/x')).toMatchObject({ path: 'sub/dir', ref: 'feature/x' });
  expect(remoteParts('acme/lint')).toBeUndefined();
  expect(remoteParts('-u/x@y')).toBeUndefined();
});

test('an allow-list is of names, or of names and versions, with stars', () => {
  const action = { owner: 'Acme', repository: 'lint', ref: 'v1' };
  expect(isAllowed(action, [])).toBe(true);
  expect(isAllowed(action, ['acme/*'])).toBe(true);
  expect(isAllowed(action, ['acme/lint@v*'])).toBe(true);
  expect(isAllowed(action, ['acme/lint@v2', 'other/*'])).toBe(false);
  expect(isAllowed(action, ['acme/lin'])).toBe(false);
});
