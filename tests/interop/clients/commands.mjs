// Lets a test drive a program: one JSON list a line comes in (a command and its arguments), one JSON object a line goes out.
import { createInterface } from "node:readline";

export async function obey(commands) {
  for await (const line of createInterface({ input: process.stdin })) {
    const [name, ...given] = JSON.parse(line);
    console.log(JSON.stringify(await outcome(() => commands[name](...given))));
  }
  process.exit(0);
}

async function outcome(work) {
  try {
    return { result: await work() };
  } catch (error) {
    return { error: `${error.name}: ${error.message}` };
  }
}
