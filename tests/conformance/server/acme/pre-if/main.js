console.log(`main of ${process.env.INPUT_WHO}`);
