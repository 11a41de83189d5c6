import { describe, expect, test } from 'vitest';
import type { JobScope } from '../../src/model/expansion.ts';
import { githubContext, scopedSecrets } from '../../src/workflow/github-context.ts';
import { runName, workflowConcurrency } from '../../src/workflow/run-settings.ts';
import { expr, run, TOP, template, workflow } from '../support/definitions.ts';

describe('github', () => {
  test('has what is known of a push', () => {
    const payload = { after: 'x' };
    expect(githubContext(run({ payload }), { id: 'build', scope: TOP })).toEqual({
      job: 'build',
      ref: 'refs/heads/main',
      ref_name: 'main',
      ref_type: 'branch',
      ref_protected: false,
      head_ref: '',
      base_ref: '',
      server_url: 'http://127.0.0.1:8080',
      api_url: 'http://127.0.0.1:8080/api/v3',
      graphql_url: 'http://127.0.0.1:8080/api/graphql',
      repositoryUrl: 'http://127.0.0.1:8080/acme/app.git',
      sha: 'a'.repeat(40),
      repository: 'acme/app',
      repository_owner: 'acme',
      repository_owner_id: '',
      repository_id: '3',
      run_id: '70',
      run_number: '7',
      run_attempt: '1',
      retention_days: '90',
      actor: 'ada',
      actor_id: '',
      triggering_actor: 'ada',
      workflow: 'CI',
      workflow_ref: 'acme/app/.github/workflows/ci.yml@refs/heads/main',
      workflow_sha: 'a'.repeat(40),
      event_name: 'push',
      event: payload,
      secret_source: 'Actions',
      token: '',
    });
  });

  test('takes addresses and numbers from the payload of a forge', () => {
    const payload = {
      repository: {
        html_url: 'https://github.com/acme/app',
        git_url: 'git://github.com/acme/app.git',
        owner: { id: 5 },
      },
      sender: { id: 6 },
    };
    expect(githubContext(run({ payload }))).toMatchObject({
      server_url: 'https://github.com',
      api_url: 'https://api.github.com',
      graphql_url: 'https://api.github.com/graphql',
      repositoryUrl: 'git://github.com/acme/app.git',
      repository_owner_id: '5',
      actor_id: '6',
    });
    const other = { repository: { html_url: 'https://git.example.org:3000/acme/app' } };
    expect(githubContext(run({ payload: other }))).toMatchObject({ api_url: 'https://git.example.org:3000/api/v3' });
  });

  test('has all inputs of a dispatch in its event, as texts', () => {
    const payload = { inputs: { level: '3' }, ref: 'refs/heads/main' };
    const inputs = { level: 3, flag: false, jobs: 'lint,test' };
    const { event } = githubContext(run({ event: 'workflow_dispatch', payload, inputs }));
    expect(event).toEqual({ ref: 'refs/heads/main', inputs: { level: '3', flag: 'false', jobs: 'lint,test' } });
  });

  test('knows branches and tags, and the branches of a pull request', () => {
    expect(githubContext(run({ ref: 'refs/tags/v1' }))).toMatchObject({ ref_name: 'v1', ref_type: 'tag' });
    const payload = { pull_request: { head: { ref: 'topic' }, base: { ref: 'main' } } };
    expect(githubContext(run({ ref: 'refs/pull/7/merge', event: 'pull_request', payload }))).toMatchObject({
      ref_name: '7/merge',
      ref_type: 'branch',
      head_ref: 'topic',
      base_ref: 'main',
      event_name: 'pull_request',
    });
  });
});

describe('secrets', () => {
  const secrets = { TOKEN: 't', OTHER: 'o', GITHUB_TOKEN: 'g' };
  const scope = (...passed: JobScope['secrets']): JobScope => ({
    ...TOP,
    calls: passed.map((_, index) => `${index}`),
    secrets: passed,
  });

  test('are all there at the top, and with inherit', () => {
    expect(scopedSecrets(TOP, secrets)).toEqual(secrets);
    expect(scopedSecrets(scope('inherit', 'inherit'), secrets)).toEqual(secrets);
  });

  test('are passed by name, level by level', () => {
    const mapping = template({ DEPLOY: expr('secrets.TOKEN'), EMPTY: expr('secrets.NONE') });
    expect(scopedSecrets(scope(mapping), secrets)).toEqual({ DEPLOY: 't', GITHUB_TOKEN: 'g' });
    expect(
      scopedSecrets(scope(mapping, template({ X: expr('secrets.DEPLOY'), Y: expr('secrets.TOKEN') })), secrets),
    ).toEqual({
      X: 't',
      GITHUB_TOKEN: 'g',
    });
    expect(scopedSecrets(scope(template({})), secrets)).toEqual({ GITHUB_TOKEN: 'g' });
  });

  test('may depend on the matrix of the calling job and on variables', () => {
    const mapping = template({ A: expr('secrets[matrix.which]'), B: expr('vars.B') });
    const own: JobScope = { ...scope(mapping), callers: [{ matrix: { which: 'OTHER' } }] };
    expect(scopedSecrets(own, secrets, { vars: { B: 'b' } })).toEqual({ A: 'o', B: 'b', GITHUB_TOKEN: 'g' });
  });
});

describe('settings of a run', () => {
  test('run-name is evaluated with github, inputs and vars', () => {
    const definition = workflow([], {
      runName: expr("format('Deploy {0} by {1} {2}', inputs.to, github.actor, vars.V)"),
    });
    expect(runName(definition, run({ inputs: { to: 'prod' } }), { V: 'v' })).toBe('Deploy prod by ada v');
    expect(runName(workflow([]), run())).toBeUndefined();
    expect(runName(workflow([], { runName: expr("''") }), run())).toBeUndefined();
  });

  test('concurrency has a group, and maybe cancels', () => {
    const group = expr("format('{0}-{1}', github.workflow, github.ref)");
    const definition = workflow([], { concurrency: template({ group, 'cancel-in-progress': true }) });
    expect(workflowConcurrency(definition, run())).toEqual({ group: 'CI-refs/heads/main', cancelInProgress: true });
    expect(workflowConcurrency(workflow([]), run())).toBeUndefined();
    const bad = workflow([], { concurrency: template({ group: 'x', 'cancel-in-progress': expr("'no'") }) });
    expect(() => workflowConcurrency(bad, run())).toThrow(
      "ci.yml:3:5: cancel-in-progress of concurrency: it has to be true or false, not the text 'no'",
    );
  });
});
