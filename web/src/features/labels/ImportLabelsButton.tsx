import { Button, FileButton } from "@mantine/core";
import { errorSentence } from "../../api/apiError.ts";
import { countOf } from "../../ui/formatNumber.ts";
import { showDone, showFailure } from "../../ui/notify.ts";
import type { LabelActions } from "./queries.ts";
import { readImport } from "./readImport.ts";

/** Takes labels from a CSV or JSON file, as the export writes them; categories that are missing are made. */
export function ImportLabelsButton({ datasetId, actions }: { datasetId: number; actions: LabelActions }) {
  async function take(file: File | null) {
    if (file === null) return;
    try {
      const content = readImport(await file.text());
      const { imported, categories_created: made } = await actions.importLabels.mutateAsync({
        dataset: datasetId,
        create_categories: true,
        ...content,
      });
      const categories = made.length === 0 ? "" : ` New categories: ${made.join(", ")}.`;
      showDone(`${countOf(imported, "label")} taken from ${file.name}.${categories}`);
    } catch (error) {
      showFailure(`No labels were taken from ${file.name}`, errorSentence(error));
    }
  }

  return (
    <FileButton
      onChange={(file) => void take(file)}
      accept=".csv,.json,text/csv,application/json"
      inputProps={{ "aria-label": "Labels to import" }}
    >
      {(props) => (
        <Button size="compact-sm" variant="default" loading={actions.importLabels.isPending} {...props}>
          Import labels
        </Button>
      )}
    </FileButton>
  );
}
