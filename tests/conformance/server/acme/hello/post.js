console.log(`post of ${process.env.INPUT_WHO} has the state of ${process.env.STATE_from}`);
