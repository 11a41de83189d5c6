/** What every runner of this machine can do for a job that asks for it. */
export const MACHINE_LABELS: readonly string[] = [
  'self-hosted',
  process.platform === 'darwin' ? 'macos' : process.platform,
  process.arch,
];
