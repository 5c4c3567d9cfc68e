import { type DemoFiles, runDemo } from "../demo/runDemo.ts";
import { AppError } from "../errors.ts";
import { choiceOf } from "./choiceOf.ts";
import type { Command, Invocation } from "./command.ts";
import { watchForStop } from "./watchForStop.ts";

/** What the simulated surveys must reach; the exit status says whether they did. */
const leastF1 = 0.9;
const units = ["window", "annotation"] as const;

export const command: Command = {
  help:
    "Drives the whole loop through the HTTP interface on two simulated surveys, or on your files, and prints each step " +
    `with its time. On simulated surveys it succeeds when the F1 of the events found on the second is at least ${leastF1}.`,
  options: {
    url: { value: "ADDRESS", help: "A running MagTrace; without, one is started in a temporary folder." },
    token: { value: "TOKEN", help: "Token for --url, with the scopes read, write and train." },
    train: { value: "FILE", help: "Readings to train on. The four file options go together." },
    labels: { value: "FILE", help: "Their labels: start_index,end_index,category." },
    test: { value: "FILE", help: "Readings to predict on." },
    "test-labels": { value: "FILE", help: "Their true labels." },
    unit: {
      value: "UNIT",
      help: "window (default): find events. annotation: name the intervals of --test-labels.",
    },
  },
  run: async ({ values, print }) => {
    const request = watchForStop(() => process.exit(130));
    const files = filesOf(values);
    const { score } = await runDemo({
      installation: installationOf(values),
      files,
      unit: choiceOf("unit", units, values.unit ?? "window"),
      print,
      nowMs: Date.now,
      signal: request.signal,
    });
    if (files !== null || score >= leastF1) return 0;
    print(`The F1 is below ${leastF1}.`);
    return 1;
  },
};

function installationOf({ url, token }: Invocation["values"]): { url: string; token: string } | null {
  if (url === undefined && token === undefined) return null;
  if (url === undefined || token === undefined) {
    throw new AppError("bad_request", "--url and --token are given together.");
  }
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    throw new AppError("bad_request", `--url is an address like http://127.0.0.1:8000, not "${url}".`);
  }
  return { url, token };
}

function filesOf(values: Invocation["values"]): DemoFiles | null {
  const { train, labels, test, "test-labels": testLabels } = values;
  if (train === undefined && labels === undefined && test === undefined && testLabels === undefined) {
    if (values.unit === "annotation") {
      throw new AppError(
        "bad_request",
        "--unit annotation needs files: --train, --labels, --test and --test-labels.",
      );
    }
    return null;
  }
  if (train === undefined || labels === undefined || test === undefined || testLabels === undefined) {
    throw new AppError("bad_request", "--train, --labels, --test and --test-labels are given together.");
  }
  return { train, labels, test, testLabels };
}
