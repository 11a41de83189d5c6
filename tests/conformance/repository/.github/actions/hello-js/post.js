console.log(`post says ${process.env.STATE_said}`);
if (process.env['INPUT_POST-FAILS'] === 'true') {
  console.log('post goes wrong');
  process.exitCode = 1;
}
