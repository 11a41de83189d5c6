// Imported first by everything that can be started, so that an old Node gets one clear line and no stack trace.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`signalbox: Node ${process.versions.node} is too old; 20.19 or newer is needed (https://nodejs.org)`);
  process.exit(2);
}
if (process.platform === 'win32') {
  console.error('signalbox: Windows is not supported; inside WSL it works (https://learn.microsoft.com/windows/wsl)');
  process.exit(2);
}
