import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { NO_COMMIT } from '../../src/model/push.ts';
import { SECRET, startObserver, type TestObserver } from '../support/observer.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/forges/recorded');
const hmac = (text: string) => createHmac('sha256', SECRET).update(text).digest('hex');

/** How each forge sends, and signs, an event. */
const HEADERS: Readonly<Record<string, (event: string, text: string, id: string) => Record<string, string>>> = {
  gitea: (event, text, id) => ({
    ...{ 'x-gitea-event': event, 'x-gitea-delivery': id, 'x-gitea-signature': hmac(text) },
    ...{ 'x-gogs-event': event, 'x-gogs-delivery': id, 'x-gogs-signature': hmac(text) },
    ...{ 'x-github-event': event, 'x-github-delivery': id, 'x-hub-signature-256': `sha256=${hmac(text)}` },
  }),
  forgejo: (event, text, id) => ({
    ...{ 'x-forgejo-event': event, 'x-forgejo-delivery': id, 'x-forgejo-signature': hmac(text) },
    ...{ 'x-gitea-event': event, 'x-gitea-delivery': id, 'x-gitea-signature': hmac(text) },
    ...{ 'x-github-event': event, 'x-github-delivery': id, 'x-hub-signature-256': `sha256=${hmac(text)}` },
  }),
  gitlab: (event, _text, id) => ({ 'x-gitlab-event': event, 'x-gitlab-token': SECRET, 'idempotency-key': id }),
  bitbucket: (event, text, id) => ({
    ...{ 'x-event-key': event, 'x-hook-uuid': '8cd69f04-1c5b-4c1a-a2b0-3a2e0d3f1c11', 'x-request-uuid': id },
    'x-hub-signature': `sha256=${hmac(text)}`,
  }),
  'bitbucket-data-center': (event, text, id) => ({
    ...{ 'x-event-key': event, 'x-request-id': id, 'x-hub-signature': `sha256=${hmac(text)}` },
  }),
};

interface Recorded {
  readonly forge: string;
  readonly file: string;
  readonly event: string;
  readonly repository: string;
}

const recorded = (forge: string, file: string, event: string, repository: string): Recorded => {
  return { forge, file, event, repository };
};

const PUSHES: readonly [Recorded, { readonly ref: string; readonly before: string; readonly after: string }][] = [
  [
    recorded('gitea', 'push', 'push', 'gogits/hello-world'),
    {
      ref: 'refs/heads/master',
      before: '9836a96a253cce25d17988fcf41b8c4205cf779f',
      after: '4522cbcefc20728a5b72b3a86af35e608622c514',
    },
  ],
  [
    recorded('gitea', 'branch-delete', 'delete', 'gogits/hello-world'),
    { ref: 'refs/heads/feature', before: NO_COMMIT, after: NO_COMMIT },
  ],
  [
    recorded('forgejo', 'push-three-commits', 'push', 'Test-CI/multi-line-secrets'),
    {
      ref: 'refs/heads/main',
      before: '6efcf5b7c98f3e7a491675164b7a2e7acac27941',
      after: '29be01c073851cf0db0c6a466e396b725a670453',
    },
  ],
  [
    recorded('gitlab', 'tag-create', 'Tag Push Hook', 'gitlab-org/hello-world'),
    { ref: 'refs/tags/v1.0.0', before: NO_COMMIT, after: '2adc9465c4edfc33834e173fe89436a7cb899a1d' },
  ],
  [
    recorded('gitlab', 'branch-delete-in-subgroup', 'Push Hook', 'group1/group2/group3/grp2repo'),
    { ref: 'refs/heads/feature', before: 'c4c79227ed610f1151f05bbc5be33b4f340d39c8', after: NO_COMMIT },
  ],
  [
    recorded('bitbucket', 'branch-created', 'repo:push', 'amuniz/test-repos'),
    { ref: 'refs/heads/feature/test', before: NO_COMMIT, after: '174561d625c9623b60d8aba09b7f08ddc9df45cd' },
  ],
  [
    recorded('bitbucket', 'tag-deleted', 'repo:push', 'amuniz/test-repos'),
    { ref: 'refs/tags/test', before: '174561d625c9623b60d8aba09b7f08ddc9df45cd', after: NO_COMMIT },
  ],
  [
    recorded('bitbucket-data-center', 'branch-created-v10', 'repo:refs_changed', 'AMUNIZ/test-repos'),
    { ref: 'refs/heads/feature/BB-1', before: NO_COMMIT, after: 'fb522a6f08c7c7df337312e4e65ec1b57710672e' },
  ],
  [
    recorded('bitbucket-data-center', 'branch-deleted', 'repo:refs_changed', 'AMUNIZ/test-repos'),
    { ref: 'refs/heads/feature/BB-1', before: 'fb522a6f08c7c7df337312e4e65ec1b57710672e', after: NO_COMMIT },
  ],
];

const HELD = expect.stringMatching(/^from a fork/);
/** What is told to the dispatcher; of a pull request without `pull_request_target`, which is the same on its base. */
const EVENTS: readonly [Recorded, Record<string, unknown>][] = [
  [
    recorded('gitea', 'pull-request-synchronized', 'pull_request', 'Test-CI/multi-line-secrets'),
    {
      ...{ name: 'pull_request', ref: 'refs/pull/2/merge', sha: '788ed8d02d3b7fcfcf6386dbcbca696aa1d4dc25' },
      ...{ actor: 'test', title: 'New Pull', held: HELD, payload: { action: 'synchronize' } },
    },
  ],
  [
    recorded('gitea', 'review-approved', 'pull_request_approved', 'a_nice_user/hello_world_ci'),
    {
      ...{ name: 'pull_request_review', ref: 'refs/pull/7/merge', sha: '07977177c2cd7d46bad37b8472a9d50e7acb9d1f' },
      ...{ actor: 'a_nice_user', payload: { action: 'submitted' } },
    },
  ],
  [
    recorded('forgejo', 'tag-create', 'create', 'gordon/hello-world'),
    { name: 'create', ref: 'refs/tags/v1.0.0', actor: 'gordon' },
  ],
  [
    recorded('forgejo', 'pull-request-closed', 'pull_request', 'anbraten/test-repo'),
    {
      ...{ name: 'pull_request', ref: 'refs/pull/1/merge', sha: 'd555a5dd07f4d0148a58d4686ec381502ae6a2d4' },
      ...{ actor: 'anbraten', payload: { action: 'closed' } },
    },
  ],
  [
    recorded('gitlab', 'merge-request-open-in-subgroup', 'Merge Request Hook', 'group1/group2/group3/grp2repo'),
    {
      ...{ name: 'pull_request', ref: 'refs/pull/1/merge', sha: 'c4c79227ed610f1151f05bbc5be33b4f340d39c8' },
      ...{ actor: 'sytses', title: 'update readme', fetch: ['refs/merge-requests/1/head'] },
      payload: { action: 'opened', pull_request: { draft: false } },
    },
  ],
  [
    recorded('gitlab', 'merge-request-new-commits', 'Merge Request Hook', 'anbraten/woodpecker'),
    {
      ...{ name: 'pull_request', ref: 'refs/pull/3/merge', sha: 'c136499ec574e1034b24c5d306de9acda3005367' },
      ...{ title: 'Update client.go 🎉', payload: { action: 'synchronize' } },
    },
  ],
  [
    recorded('gitlab', 'merge-request-merged', 'Merge Request Hook', 'anbraten/woodpecker-test'),
    {
      ...{ name: 'pull_request', ref: 'refs/heads/main', sha: '43411b53d670203e887c4985c4e58e8e6b7c109e' },
      payload: { action: 'closed', pull_request: { merged: true } },
    },
  ],
  [
    // commits are cut to 12 digits, so that it happens where the branch is
    recorded('bitbucket', 'pull-request-updated', 'pullrequest:updated', 'nfalco79/test-repos'),
    {
      ...{ name: 'pull_request', ref: 'refs/heads/release/release-1', actor: 'Nikolas Falco' },
      payload: { action: 'synchronize', number: 1 },
    },
  ],
  [
    recorded('bitbucket', 'pull-request-fulfilled', 'pullrequest:fulfilled', 'anbraten/test-2'),
    { name: 'pull_request', ref: 'refs/heads/main', payload: { action: 'closed', pull_request: { merged: true } } },
  ],
  [
    recorded('bitbucket', 'pull-request-created-from-fork', 'pullrequest:created', 'cloudbeers/temp'),
    {
      ...{ name: 'pull_request', ref: 'refs/pull/3/merge', fork: { path: 'stephenc/temp-fork', branch: 'master' } },
      ...{
        held: HELD,
        payload: { action: 'opened', pull_request: { head: { repo: { full_name: 'stephenc/temp-fork' } } } },
      },
    },
  ],
  [
    recorded('bitbucket-data-center', 'pull-request-opened', 'pr:opened', 'PRJ/my-repo'),
    {
      ...{ name: 'pull_request', ref: 'refs/pull/2/merge', sha: '208b0a5c05eddadad01f2aed8802fe0c3b3eaf5e' },
      ...{ base: '823b2230a56056231c9425d63758fa87078a66b4', fetch: ['refs/pull-requests/2/from'] },
      ...{ actor: 'jcitizen', payload: { action: 'opened' } },
    },
  ],
  [
    recorded('bitbucket-data-center', 'pull-request-merged', 'pr:merged', 'PRJ/my-repo'),
    { name: 'pull_request', ref: 'refs/heads/master', sha: '83f836ca538dc4f43d29fda46a5b85ea49f1b8e7' },
  ],
  [
    recorded('bitbucket-data-center', 'pull-request-opened-from-fork', 'pr:opened', 'DEV/deployment-automation'),
    {
      ...{ name: 'pull_request', ref: 'refs/pull/114/merge', sha: '716e510cecbe203618609cf103c54e040b949739' },
      ...{ held: HELD, payload: { pull_request: { head: { repo: { full_name: expect.stringMatching(/^~JOHN/) } } } } },
    },
  ],
];

const textOf = ({ forge, file }: Recorded) => readFileSync(join(FOLDER, forge, `${file}.json`), 'utf8');

function startDoor(name: string): Promise<TestObserver> {
  const repository = { id: 1, name, sources: ['/nowhere'], secret: SECRET, policy: 'each' as const };
  return startObserver({ repositories: [{ ...repository, maxCommits: 250, baseline: {}, pollSeconds: null }] });
}

async function send(ci: TestObserver, { forge, event }: Recorded, text: string, id = 'recorded-1') {
  const answer = await ci.post(text, { 'content-type': 'application/json', ...HEADERS[forge]!(event, text, id) });
  return { status: answer.status, body: (await answer.json()) as { error?: { code: string; message: string } } };
}

describe('what a forge sent', () => {
  test.each(PUSHES.map(([one, push]) => [`${one.forge}/${one.file}`, one, push] as const))(
    'is the move of a ref that it was: %s',
    async (_, one, push) => {
      await using ci = await startDoor(one.repository);
      expect((await send(ci, one, textOf(one))).status).toBe(202);
      const { deliveries } = (await ci.get('/api/deliveries')) as { deliveries: unknown[] };
      expect(deliveries).toMatchObject([{ forge: one.forge, event: 'push', repository: one.repository, ...push }]);
    },
  );

  test.each(EVENTS.map(([one, event]) => [`${one.forge}/${one.file}`, one, event] as const))(
    'is told to the dispatcher as the event that it was: %s',
    async (_, one, event) => {
      await using ci = await startDoor(one.repository);
      expect((await send(ci, one, textOf(one))).status).toBe(202);
      await ci.door.until('the event', ({ events }) => events.length > 0);
      expect(ci.door.events[0]).toMatchObject({ repository: 1, trigger: 'webhook', ...event });
      if (!('held' in event)) expect(ci.door.events[0]).not.toHaveProperty('held');
    },
  );

  test('before it named commits is refused in words', async () => {
    const old = recorded('gitea', 'pull-request-synchronized-2017', 'pull_request', 'gogits/hello-world');
    await using ci = await startDoor(old.repository);
    const { status, body } = await send(ci, old, textOf(old));
    expect([status, body.error?.code]).toEqual([400, 'E_DELIVERY_UNREADABLE']);
    expect(body.error?.message).toMatch(/"pull_request.head" of the event pull_request/);
  });

  test('is all in the tests above', () => {
    const files = Object.keys(HEADERS).flatMap((forge) =>
      readdirSync(join(FOLDER, forge)).map((file) => `${forge}/${file}`),
    );
    const tested = [...PUSHES, ...EVENTS].map(([{ forge, file }]) => `${forge}/${file}.json`);
    expect([...tested, 'gitea/pull-request-synchronized-2017.json'].sort()).toEqual(files.sort());
  });
});

describe('a recorded delivery without one of its fields', () => {
  test.each(Object.keys(HEADERS))('of %s is taken, or refused in words, and never a fault', async (forge) => {
    const refused = new Set<string>();
    for (const [one] of [...PUSHES, ...EVENTS].filter(([{ forge: of }]) => of === forge)) {
      await using ci = await startDoor(one.repository);
      for (const [path, spoiled] of without(JSON.parse(textOf(one)), 4)) {
        const { status, body } = await send(ci, one, JSON.stringify(spoiled), `without-${path}`);
        expect([200, 202, 400, 401], `${one.file} without ${path}: ${status}`).toContain(status);
        if (status < 400) continue;
        refused.add(path);
        expect(body.error?.code).toBe(status === 400 ? 'E_DELIVERY_UNREADABLE' : 'E_DELIVERY_REFUSED');
        if (status === 400) expect(body.error?.message).toMatch(/"[\w.]+" of the /);
      }
    }
    expect(refused.size).toBeGreaterThan(2);
  });
});

/** What nothing here reads, at any depth; the rest of a payload is left as it was. */
const UNREAD = /^(?:owner|author|committer|user|parents|summary|participants|commits|workspace|project_id|assignees)$/;

/** The payload without each of its fields in turn. */
function* without(value: unknown, depth: number, path = ''): Generator<readonly [string, unknown]> {
  if (typeof value !== 'object' || value === null || depth === 0) return;
  for (const key of Object.keys(value)) {
    if (UNREAD.test(key)) continue;
    const { [key]: inner, ...less } = value as Record<string, unknown>;
    const at = path === '' ? key : `${path}.${key}`;
    if (!Array.isArray(value)) yield [at, less];
    for (const [deeper, spoiled] of without(inner, depth - 1, at)) {
      yield [deeper, Array.isArray(value) ? [spoiled] : { ...less, [key]: spoiled }];
    }
  }
}
