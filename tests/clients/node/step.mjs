// Runs one step of a flow script: exit code 0, or 1 with the reason and its place on stderr.
export async function runStep(steps, name, close) {
  try {
    await steps[name]();
    await close();
    process.exit(0);
  } catch (error) {
    const place = /(\w+\.mjs:\d+)/.exec(error.stack ?? "")?.[1] ?? "";
    console.error(`${place}: ${error.name}: ${error.message}`);
    process.exit(1);
  }
}
