// Stands in for a worker where only its life and death matter. With STAND_IN_STUBBORN it ignores being asked.
setInterval(() => {}, 1_000);
process.on("disconnect", () => process.env.STAND_IN_STUBBORN || process.exit(0));
process.on("SIGTERM", () => process.env.STAND_IN_STUBBORN || process.exit(0));
