import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FakeDocker, type FakeDockerWishes } from '../support/fake-docker.ts';
import { tempDir } from '../support/temp.ts';
import { type JobWishes, outputOf, runJob } from '../support/workflow-job.ts';

/** Runs a job on a machine that has an engine. */
async function runWith(docker: FakeDockerWishes, text: string, wishes: JobWishes = {}) {
  await using dir = await tempDir();
  const engine = new FakeDocker(dir.path, docker);
  const end = await runJob(text, { ...wishes, env: { PATH: `${engine.bin}:${process.env.PATH}` } });
  const { all: calls, find } = engine.calls();
  return { ...end, calls, find };
}

const valuesOf = (call: readonly string[], flag: string) => call.filter((_, index) => call[index - 1] === flag);

test('a job whose runner has no engine ends as error, before any step', async () => {
  await using dir = await tempDir();
  mkdirSync(join(dir.path, 'bin'));
  const { result, steps } = await runJob('container: alpine:3\nsteps:\n  - run: echo hello', {
    env: { PATH: join(dir.path, 'bin') },
  });
  expect(result).toMatchObject({
    conclusion: 'error',
    reason:
      'the job asks for a container (alpine:3), and this runner has neither docker nor podman; run it on a runner that has one of them',
  });
  expect(steps).toEqual([]);
  const down = await runWith({ isDown: true }, 'services: { db: { image: postgres } }\nsteps: [{ run: "true" }]');
  expect(down.result.reason).toMatch(
    /asks for services, and docker does not work \(Cannot connect to the Docker daemon\), podman does/,
  );
});

test('the steps of a job with a container run in it, with their variables and files', async () => {
  const { result, log, calls, find } = await runWith(
    {},
    `
env: { GREETING: hello }
container:
  image: node:20
  env: { IN_IMAGE: "1", TOKEN: "\${{ secrets.TOKEN }}" }
  ports: [80, "8080:81"]
  volumes: ["cache:/cache"]
  options: --cpus 1 --name-hint "a b"
steps:
  - id: one
    run: |
      echo "$GREETING from $PWD"
      echo "word=there" >> "$GITHUB_OUTPUT"
      echo "/added" >> "$GITHUB_PATH"
  - run: echo "\${{ steps.one.outputs.word }} \${{ job.container.network }}"
`,
    { secrets: { TOKEN: 'very-secret' } },
  );
  expect(result.conclusion).toBe('success');
  const workspace = valuesOf(find('run'), '--workdir')[0] ?? '';
  expect(outputOf(log).filter((line) => !/^(?:##|pulled)/.test(line))).toEqual([
    `hello from ${workspace}`,
    expect.stringMatching(/^there signalbox-[0-9a-f]+-1-1$/),
  ]);
  const run = find('run', '--detach');
  expect(valuesOf(run, '-p')).toEqual(['127.0.0.1::80', '127.0.0.1:8080:81']);
  expect(valuesOf(run, '-v')).toEqual(
    expect.arrayContaining([`${workspace}:${workspace}`, `${process.execPath}:/__signalbox/node:ro`, 'cache:/cache']),
  );
  expect(valuesOf(run, '-e')).toEqual(['IN_IMAGE', 'TOKEN']);
  expect(run).toEqual(expect.arrayContaining(['--cpus', '1', '--name-hint', 'a b']));
  expect(run.slice(-5)).toEqual(['--entrypoint', 'tail', 'node:20', '-f', '/dev/null']);
  expect(JSON.stringify(calls)).not.toContain('very-secret');
  const [first, second] = calls.filter((call) => call[0] === 'exec' && !call.includes('chown'));
  expect(valuesOf(first ?? [], '-e').find((one) => one.startsWith('PATH='))).toMatch(/^PATH=\/image\/bin:/);
  expect(valuesOf(second ?? [], '-e').find((one) => one.startsWith('PATH='))).toMatch(/^PATH=\/added:\/image\/bin:/);
  expect(first?.slice(-3)[0]).toBe('sh');
});

test('services are started on a network of the job, waited for, and removed', async () => {
  const { result, log, calls, find } = await runWith(
    {
      images: ['postgres:16'],
      health: ['starting', 'starting', 'healthy'],
      ports: '5432/tcp -> 127.0.0.1:40001\n5432/tcp -> [::1]:40001',
    },
    `
services:
  db:
    image: postgres:16
    env: { POSTGRES_PASSWORD: postgres }
    ports: [5432]
    options: --health-cmd pg_isready --health-interval 1s
  none: { image: "\${{ matrix.none }}" }
steps:
  - run: echo "port \${{ job.services.db.ports['5432'] }} on \${{ job.services.db.network }}"
`,
  );
  expect(result.conclusion).toBe('success');
  expect(outputOf(log).join('\n')).toMatch(/port 40001 on signalbox-[0-9a-f]+-1-1/);
  const run = find('run', '--detach');
  expect(valuesOf(run, '--network-alias')).toEqual(['db']);
  expect(run).toEqual(expect.arrayContaining(['--health-cmd', 'pg_isready']));
  expect(calls.some((call) => call[0] === 'pull')).toBe(false);
  expect(calls.filter((call) => call.includes('{{json .State}}'))).toHaveLength(3);
  expect(calls.at(-1)?.slice(0, 2)).toEqual(['network', 'ls']);
});

test('a service that does not get healthy, or an image that is not there, ends the job as error', async () => {
  const job = 'services: { db: { image: postgres:16 } }\nsteps: [{ run: "true" }]';
  const sick = await runWith({ health: ['unhealthy'] }, job);
  expect(sick.result).toMatchObject({ conclusion: 'error', reason: 'the service db is not healthy; its log is above' });
  expect(sick.log).toContain('it says why');
  expect(sick.steps).toEqual([]);
  const missing = await runWith({ missing: ['postgres:16'] }, job);
  expect(missing.result.reason).toMatch(/^the image postgres:16 cannot be had \(docker pull ended with exit code 1/);
  expect(missing.calls.filter((call) => call[0] === 'pull')).toHaveLength(3);
});

test('a docker action runs in a container of its own, with its inputs and the workspace', async () => {
  const files = {
    'act/action.yml': `
name: Greet
inputs: { who: { default: world } }
runs:
  using: docker
  image: Dockerfile
  args: ["-c", 'echo "hello \${{ inputs.who }} $INPUT_WHO $GITHUB_WORKSPACE"; echo "said=yes" >> $GITHUB_OUTPUT']
  env: { EXTRA: "\${{ inputs.who }}" }
`,
    'act/Dockerfile': 'FROM scratch\n',
  };
  const { result, log, calls, find } = await runWith(
    {},
    'steps:\n  - { id: a, uses: ./act, with: { who: Ada } }\n  - run: echo "${{ steps.a.outputs.said }}"\n  - { uses: "docker://alpine:3", with: { entrypoint: sh, args: -c "echo alone" } }',
    { files },
  );
  expect(result.conclusion).toBe('success');
  const output = outputOf(log).join('\n');
  expect(output).toContain('hello Ada Ada /github/workspace');
  expect(output).toContain('\nyes');
  expect(output).toContain('\nalone');
  expect(find('build')).toEqual([
    'build',
    '--tag',
    expect.any(String),
    '--file',
    expect.any(String),
    expect.any(String),
  ]);
  const [built] = calls.filter((call) => call[0] === 'run');
  expect(valuesOf(built ?? [], '-e')).toEqual(expect.arrayContaining(['INPUT_WHO', 'EXTRA', 'HOME=/github/home']));
  expect(built).toContain('--rm');
});
