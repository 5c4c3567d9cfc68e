import type { ProjectEvent } from "@magtrace/contracts";

export interface EventListener {
  readonly heard: readonly ProjectEvent[];
  /** How often the stream ended and was opened again. */
  readonly reconnected: number;
  /** How often the server could not say what had happened meanwhile. */
  readonly missed: number;
  stop(): Promise<void>;
}

const PAUSE_MS = 200;

/** As a browser's EventSource: it comes back with the id it heard last. */
export function listenToEvents(address: string, projectId: number, token: string): EventListener {
  const ending = new AbortController();
  const heard: ProjectEvent[] = [];
  let [lastId, reconnected, missed] = ["", -1, 0];

  function take(message: string): void {
    const fields = new Map(
      message.split("\n").map((line) => [line.replace(/:.*/, ""), line.replace(/^\w*: ?/, "")]),
    );
    lastId = fields.get("id") ?? lastId;
    const data = fields.get("data");
    if (fields.get("event") === "missed") missed++;
    else if (data !== undefined) heard.push(JSON.parse(data) as ProjectEvent);
  }

  async function listenOnce(): Promise<void> {
    reconnected++;
    const response = await fetch(`${address}/api/events/?project_id=${projectId}`, {
      headers: { Authorization: `Bearer ${token}`, ...(lastId === "" ? {} : { "Last-Event-ID": lastId }) },
      signal: ending.signal,
    });
    let text = "";
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
      const messages = (text + part).split("\n\n");
      text = messages.pop()!;
      messages.forEach(take);
    }
  }

  async function listen(): Promise<void> {
    while (!ending.signal.aborted) {
      await listenOnce().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  const listening = listen();
  return {
    heard,
    get reconnected() {
      return reconnected;
    },
    get missed() {
      return missed;
    },
    async stop() {
      ending.abort();
      await listening;
    },
  };
}
