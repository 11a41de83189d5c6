import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { notificationsFor } from '../../src/cli/notify-api.ts';
import { loadConfig } from '../../src/config/load.ts';
import { systemClock } from '../../src/support/clock.ts';
import { fillDemo } from './demo.ts';
import { startDemoDeliveries } from './demo-deliveries.ts';
import { demoGit } from './demo-git.ts';
import { addGraphRuns } from './demo-graphs.ts';
import { addMatrixRuns, demoExpander } from './demo-matrix.ts';
import { tempDir } from './temp.ts';
import { runnerStatus, startWeb, type TestWeb } from './web.ts';

/** What the demo is told in its `signalbox.yml`. */
const CONFIG = `
mail: { smtp: "smtp://127.0.0.1:1", from: ci@example.org }
repositories:
  meridian/checkout-web:
    policy: latest
    reuse: tree
    notify:
      - { mail: [author, pay@example.org], on: [broken, fixed], quiet: { from: "22:00", to: "07:00", timezone: UTC } }
      - { slack: "https://hooks.slack.com/services/T0/B0/x", on: [broken, still_failing], branches: [main, "release/*"] }
  meridian/ledger: { notify: [{ mail: ledger@example.org, digest: hourly }], retention: { logs_days: 14 } }
`;

/** The page over a store that is full of things to see, see `fillDemo`; `isEmpty`: over one without anything. */
export async function startDemo({ isEmpty = false } = {}): Promise<TestWeb> {
  const home = await tempDir('signalbox-demo-');
  if (!isEmpty) await writeFile(join(home.path, 'signalbox.yml'), CONFIG);
  const loaded = await loadConfig({ flags: { home: home.path }, env: {}, cwd: home.path });
  const deliveries = await startDemoDeliveries({ isEmpty });
  const web = await startWeb({
    ...{ clock: systemClock, expander: demoExpander, operations: { fileAt: demoFile, ...demoGit(() => web.store) } },
    ...{ deliveries: deliveries.reader, routers: [deliveries.router] },
    notifications: notificationsFor(loaded, systemClock, () => 'http://127.0.0.1:8080'),
    config: { defaults: loaded.defaults, repositories: loaded.repositories },
  });
  const now = systemClock.now();
  if (isEmpty) web.runners.push(runnerStatus('build-1', { slots: 4 }));
  else {
    const more = async () => {
      await addGraphRuns(web.store, web.logs, now);
      await addMatrixRuns(web.store, web.logs, now);
    };
    web.runners.push(...(await fillDemo(web.store, web.logs, now, more)).runners);
  }
  return {
    ...web,
    async [Symbol.asyncDispose]() {
      await web[Symbol.asyncDispose]();
      await deliveries[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

const TEST_CODE = [
  "  it('counts attempts from one', async () => {",
  '    const charge = await pay(order({ total: 4_200 }), {',
  '      gateway: failing(2),',
  '      retry: { attempts: 3, waitMs: 100 },',
  '    });',
  '',
  "    expect(charge.state).toBe('captured');",
  '    expect(charge.attempts).toBe(3);',
  '    expect(charge.log.map(({ at }) => at)).toEqual([0, 100, 300]);',
  '  });',
];

/** The file in which tests of the demo fail. */
async function demoFile(_repository: number, _sha: string, path: string): Promise<string | undefined> {
  if (!path.endsWith('retry.test.ts')) return undefined;
  const lines = Array.from({ length: 200 }, () => '');
  lines.splice(134, TEST_CODE.length, ...TEST_CODE); // from line 135 on: the one that fails is 142
  return lines.join('\n');
}
