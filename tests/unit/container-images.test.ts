import { expect, test } from 'vitest';
import { fullName, registryOf } from '../../src/runner/containers/images.ts';

test('the name of an image without a host is one of Docker Hub', () => {
  expect(fullName('redis:7')).toBe('docker.io/library/redis:7');
  expect(fullName('acme/app:1')).toBe('docker.io/acme/app:1');
  expect(registryOf('acme/app:1')).toBe('https://index.docker.io/v1/');
});

test('a name with a host is taken as it is', () => {
  for (const [name, host] of [
    ['ghcr.io/acme/app@sha256:abc', 'ghcr.io'],
    ['localhost/app:1', 'localhost'],
    ['registry:5000/app', 'registry:5000'],
  ] as const) {
    expect(fullName(name)).toBe(name);
    expect(registryOf(name)).toBe(host);
  }
});
