import { jsonLines, type ReadableFile, type ReadableSource } from "../platform/archive/readable.ts";

export async function* readableModels(source: ReadableSource): AsyncGenerator<ReadableFile> {
  yield {
    name: "models.json",
    about: "The models with their versions (`parent_model_id`), hyperparameters and scores",
    content: () => jsonLines(source.rows("models")),
  };
}
