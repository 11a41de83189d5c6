import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DispatchRefusedError } from '../../src/dispatcher/event-intake.ts';
import type { DispatchEventInput, DispatchWorkflowInput } from '../../src/web/operations.ts';
import { commitWith, workflowOf } from '../support/fake-expander.ts';
import { commitOf, newRepository, plannedJob, pushOf, resultOf } from '../support/store.ts';
import { leasedJob, startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let run = 0;
const asked: (DispatchWorkflowInput | DispatchEventInput)[] = [];
beforeEach(async () => {
  asked.length = 0;
  web = await startWeb({
    operations: {
      async dispatchWorkflow(_, input) {
        asked.push(input);
        if (input.workflow === 'no.yml') throw new DispatchRefusedError('no.yml has no `on: workflow_dispatch`');
        return run;
      },
      async dispatchEvent(_, input) {
        asked.push(input);
        return input.eventType === 'deploy' ? { runs: [run] } : { runs: [], note: 'nothing is for it' };
      },
    },
  });
  const { id } = await web.store.addRepository(newRepository('acme/app'), web.clock.now());
  const jobs = [plannedJob('build'), plannedJob('deploy', { needs: ['build'] })];
  run = (await web.store.dispatch(pushOf(id, [commitOf(1, jobs)]), web.clock.now()))[0] ?? 0;
});
afterEach(() => web[Symbol.asyncDispose]());

describe('a run', () => {
  test('is cancelled once, and tried again as its next attempt', async () => {
    const cancelled = await web.change('POST', `/api/runs/${run}/cancel`, { reason: 'cancelled by ada' });
    expect(cancelled.status).toBe(202);
    expect(cancelled.json()).toMatchObject({
      ...{ id: run, status: 'completed', conclusion: 'cancelled', reason: 'cancelled by ada' },
      ...{ forced: false, ended: ['build', 'deploy'], stopping: [], kept: [] },
    });
    expect((await web.change('POST', `/api/runs/${run}/cancel`)).json()).toMatchObject({
      error: { code: 'E_RUN_COMPLETED' },
    });
    const again = await web.change('POST', `/api/runs/${run}/rerun`);
    expect(again.status).toBe(201);
    expect(again.json()).toMatchObject({ id: run, attempt: 2, status: 'queued', rerun: ['build', 'deploy'], kept: [] });
    const early = await web.change('POST', `/api/runs/${run}/rerun`);
    expect([early.status, early.json()]).toMatchObject([409, { error: { code: 'E_RUN_NOT_COMPLETED' } }]);
  });

  test('that failed is tried again where it failed', async () => {
    const { run: other, job } = await leasedJob(web);
    await web.store.finish(resultOf(job, 1, { conclusion: 'failure' }), web.clock.now());
    const again = await web.change('POST', `/api/runs/${other}/rerun`, { failed_only: true });
    expect(again.json()).toMatchObject({ attempt: 2, kept: [] });
    expect(again.json().rerun).toEqual(['build', 'deploy']);
  });

  test('that is not there, or a wish that cannot be read, is told as that', async () => {
    expect((await web.change('POST', '/api/runs/999/rerun')).status).toBe(404);
    expect((await web.change('POST', '/api/runs/999/cancel')).status).toBe(404);
    expect((await web.change('POST', `/api/runs/${run}/rerun`, { failed: true })).status).toBe(400);
    expect((await web.ask(`/api/runs/${run}/cancel`, { method: 'POST' })).status).toBe(401);
  });
});

describe('a workflow', () => {
  const path = '/api/repositories/acme%2Fapp/dispatches';

  test('is started by hand, with what is said', async () => {
    const wanted = { workflow: 'ci.yml', ref: 'main', inputs: { level: 3 }, actor: 'ada' };
    const answer = await web.change('POST', path, wanted);
    expect([answer.status, answer.json()]).toMatchObject([201, { id: run, number: 1 }]);
    expect(asked).toEqual([wanted]);
  });

  test('that cannot be started says why', async () => {
    const answer = await web.change('POST', path, { workflow: 'no.yml' });
    expect([answer.status, answer.json()]).toMatchObject([
      ...[422, { error: { code: 'E_DISPATCH_REFUSED', message: 'no.yml has no `on: workflow_dispatch`' } }],
    ]);
    expect((await web.change('POST', path, {})).json()).toMatchObject({ error: { code: 'E_BAD_REQUEST' } });
    expect((await web.change('POST', path, { workflow: 'a', branch: 'b' })).status).toBe(400);
    expect((await web.change('POST', '/api/repositories/none/dispatches', { workflow: 'a' })).status).toBe(404);
  });

  test('is told of an event of a program', async () => {
    const answer = await web.change('POST', path, { event_type: 'deploy', client_payload: { to: 'live' } });
    expect([answer.status, answer.json()]).toMatchObject([201, { runs: [{ id: run }], note: null }]);
    expect(asked).toEqual([{ eventType: 'deploy', clientPayload: { to: 'live' } }]);
    const none = await web.change('POST', path, { event_type: 'other' });
    expect([none.status, none.json()]).toEqual([200, { runs: [], note: 'nothing is for it' }]);
  });
});

describe('a run that waits for a person', () => {
  test('is approved by whoever has read what that means, for the commit that was looked at', async () => {
    const { id } = (await web.store.repositories())[0]!;
    const commit = commitWith(7, workflowOf({ build: {} }), { held: 'from a fork' });
    const where = { ...pushOf(id, [commit]), event: 'pull_request' };
    const [held = 0] = await web.store.dispatch(where, web.clock.now());
    const approve = (body: object) => web.change('POST', `/api/runs/${held}/approve`, body);
    const unread = await approve({ sha: commit.sha });
    expect([unread.status, unread.json()]).toMatchObject([409, { error: { code: 'E_APPROVAL_UNSANDBOXED' } }]);
    const other = await approve({ sha: 'f'.repeat(40), unsandboxed: true });
    expect([other.status, other.json()]).toMatchObject([409, { error: { code: 'E_RUN_MOVED' } }]);
    const right = await approve({ sha: commit.sha, unsandboxed: true, by: 'ada' });
    expect([right.status, right.json()]).toMatchObject([200, { held: null, approved_by: 'ada' }]);
  });
});
