import { Button, Group, Modal, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { countOf } from "../../../ui/formatNumber.ts";
import { rowUsesQuery } from "../queries.ts";
import type { WantedReading } from "./useReread.ts";

interface ConfirmRereadProps {
  datasetId: number;
  fileName: string;
  wanted: WantedReading | null;
  onConfirm: (wanted: WantedReading) => void;
  onClose: () => void;
}

/** Says what reading a file again does to what has been made of it, and asks whether to. */
export function ConfirmReread({ datasetId, fileName, wanted, onConfirm, onClose }: ConfirmRereadProps) {
  const uses = useQuery({ ...rowUsesQuery(datasetId), enabled: wanted !== null });
  return (
    <Modal opened={wanted !== null} onClose={onClose} title={`Read ${fileName} again?`} centered>
      <Text size="sm" mb="xs">
        It is to be read <b>{wanted?.label}</b>. The file is kept as it was uploaded; the dataset gets a new
        series for everybody in the project.
      </Text>
      <Text size="sm" mb="xs">
        {uses.data === undefined ? "Labels stay on their rows." : usesSentence(uses.data)} If the rows
        themselves would be others, nothing is changed and you are told.
      </Text>
      <Text size="sm">You can undo it.</Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          onClick={() => {
            if (wanted !== null) onConfirm(wanted);
          }}
        >
          Read again
        </Button>
      </Group>
    </Modal>
  );
}

function usesSentence({ labels, predictions }: { labels: number; predictions: number }): string {
  const things = [
    ...(labels > 0 ? [countOf(labels, "label")] : []),
    ...(predictions > 0 ? [countOf(predictions, "prediction")] : []),
  ];
  if (things.length === 0) return "No label and no prediction has been made on it yet.";
  const stay = labels + predictions === 1 ? "stays" : "stay";
  return `${things.join(" and ")} ${stay} on the same rows.${predictions > 0 ? " Nothing is predicted anew." : ""}`;
}
