import { expect, test } from 'vitest';
import { type LabelMap, resolveLabels } from '../../src/workflow/labels.ts';

const CONFIGURED: LabelMap = {
  'Ubuntu-24.04-16core': ['linux', 'Large'],
  'macos-*': [],
  '*-gpu-*': ['gpu'],
  'old-*': 'skip',
  'old-one': ['one'],
};

test.each<[readonly string[], LabelMap, object]>([
  [['ubuntu-latest'], {}, { labels: [] }],
  [['UBUNTU-22.04', 'Self-Hosted', 'X64', 'linux'], {}, { labels: [] }],
  [['macos-14'], {}, { labels: ['macos'] }],
  [['windows-latest', 'windows-2022'], {}, { labels: ['windows'] }],
  [['ubuntu-24.04-arm'], {}, { labels: ['arm64'] }],
  [['windows-11-arm'], {}, { labels: ['windows', 'arm64'] }],
  [['self-hosted', 'GPU', 'arm64'], {}, { labels: ['gpu', 'arm64'] }],
  [['ubuntu-24.04-16core'], CONFIGURED, { labels: ['linux', 'large'] }],
  [['macos-14'], CONFIGURED, { labels: [] }],
  [['big-gpu-8'], CONFIGURED, { labels: ['gpu'] }],
  [['-gpu-'], CONFIGURED, { labels: ['gpu'] }],
  [['old-two', 'x'], CONFIGURED, { skip: 'old-two' }],
  [['old-one'], CONFIGURED, { labels: ['one'] }],
  [['constructor'], {}, { labels: ['constructor'] }],
])('runs-on %j', (runsOn, configured, expected) => {
  expect(resolveLabels(runsOn, configured)).toEqual(expected);
});
