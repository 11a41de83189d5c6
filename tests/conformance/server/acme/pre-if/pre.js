console.log(`before all: ${process.env.INPUT_WHO}`);
