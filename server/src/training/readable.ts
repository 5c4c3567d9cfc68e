import { decodeModel, encodeOnnx } from "@magtrace/learn";
import { jsonLines, type ReadableFile, type ReadableSource } from "../platform/archive/readable.ts";

/** Each trained model as ONNX; of all sessions what they were trained on and with. */
export async function* readableTraining(source: ReadableSource): AsyncGenerator<ReadableFile> {
  yield {
    name: "training_sessions.json",
    about:
      "The trainings: `lineage` names datasets, their hashes, the frozen labels, hyperparameters and seed of each",
    content: () => jsonLines(source.rows("training_sessions")),
  };
  for await (const { id, model_id, model_key } of source.rows("training_sessions")) {
    if (typeof model_key !== "string") continue;
    yield {
      name: `models/${id}.onnx`,
      about: `What session ${id} trained, of model ${model_id}: features of a window to probabilities of its classes; how the features are made is in its metadata`,
      content: () => onnxOf(source, model_key),
    };
  }
}

async function* onnxOf(source: ReadableSource, name: string): AsyncGenerator<Uint8Array> {
  const stored = await source.open(name);
  try {
    yield encodeOnnx(decodeModel(await stored.read(0, stored.size)));
  } finally {
    await stored.close();
  }
}
