import type { ColumnMapping, Inspection } from "@magtrace/contracts";
import { Alert, Button, Checkbox, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { ErrorNotice } from "../../../ui/ErrorNotice.tsx";
import { countOf } from "../../../ui/formatNumber.ts";
import { FindingsTable } from "../FindingsTable.tsx";
import type { AskingItem, Doubt } from "../uploadItem.ts";
import { ChoiceCards } from "./ChoiceCards.tsx";
import { FileSettings } from "./FileSettings.tsx";
import { FirstRows } from "./FirstRows.tsx";
import classes from "./importDialog.module.css";
import type { Inspect } from "./inspectFile.ts";
import { LabelOffers } from "./LabelOffers.tsx";
import { PreviewFacts } from "./PreviewFacts.tsx";
import { profileHeader } from "./profileOf.ts";
import { type InspectionInHand, useInspection } from "./useInspection.ts";
import { useSaveProfile } from "./useSaveProfile.ts";

interface ImportDialogProps {
  item: AskingItem;
  projectId: number;
  inspect: Inspect;
  /** How many other files wait that have the same columns. */
  alike: number;
  /** How many other files wait at all. */
  others: number;
  onRead: (mapping: ColumnMapping, inspection: Inspection, isForAlike: boolean) => void;
  onLater: (mapping: ColumnMapping, doubt: Doubt) => void;
  onRemove: () => void;
}

/** How a file would be read, to be confirmed or changed before it is. */
export function ImportDialog(props: ImportDialogProps) {
  const { item, inspect, others } = props;
  const hand = useInspection(item, inspect);
  const later = () => props.onLater(hand.mapping, hand.doubt);
  return (
    <Modal
      opened
      onClose={later}
      size="min(1240px, 96vw)"
      xOffset="2vw"
      yOffset="3dvh"
      title={
        <>
          How {item.file.name} is read
          {others === 0 ? null : (
            <Text span size="sm" c="dimmed" ml="xs">
              {countOf(others, "other file waits", "other files wait")}
            </Text>
          )}
        </>
      }
      closeButtonProps={{ "aria-label": "Close and decide later" }}
    >
      <Stack gap="md">
        {hand.error === null ? null : (
          <ErrorNotice title="The preview could not be made" error={hand.error} onRetry={hand.tryAgain} />
        )}
        <Refusals hand={hand} findings={hand.mapping === item.mapping ? item.state.doubt.findings : []} />
        <div className={classes.layout}>
          <Stack gap="md">
            <ChoiceCards hand={hand} />
            <PreviewFacts inspection={hand.inspection} isCurrent={hand.isCurrent} />
          </Stack>
          <Stack gap="md">
            <FirstRows fileName={item.file.name} hand={hand} />
            <LabelOffers hand={hand} />
            <FileSettings hand={hand} />
          </Stack>
        </div>
      </Stack>
      <Footer {...props} hand={hand} onLater={later} />
    </Modal>
  );
}

interface RefusalsProps {
  hand: InspectionInHand;
  /** Of the upload, where it was refused. */
  findings: Doubt["findings"];
}

/** Why a file cannot be read as it is. What is asked is shown as a question. */
function Refusals({ hand: { inspection }, findings }: RefusalsProps) {
  const own = inspection.questions.length > 0 ? [] : inspection.findings;
  const shown = [...findings, ...own].filter(({ code }) => code !== "question");
  if (shown.length === 0) return null;
  return (
    <Alert color="red" title="It cannot be read so" role="alert">
      <FindingsTable
        findings={{
          shown,
          total: Math.max(shown.length, findings.length > 0 ? 0 : inspection.total_findings),
        }}
      />
    </Alert>
  );
}

type FooterProps = Omit<ImportDialogProps, "onLater"> & { hand: InspectionInHand; onLater: () => void };

function Footer({ item, projectId, alike, hand, onRead, onLater, onRemove }: FooterProps) {
  const [isForAlike, setForAlike] = useState(false);
  const [isKept, setKept] = useState(false);
  const [name, setName] = useState(() => item.file.name.replace(/\.\w+(\.(gz|zst))?$/, ""));
  const save = useSaveProfile(projectId);
  const { inspection, mapping, isCurrent, openQuestions, error } = hand;
  const isReady = isCurrent && inspection.readable && openQuestions === 0;
  const mayKeep = isReady && profileHeader(inspection) !== null;

  function read() {
    const done = () => onRead(mapping, inspection, isForAlike && alike > 0);
    if (!isKept || !mayKeep) done();
    else save.mutate({ name: name.trim(), inspection, mapping }, { onSuccess: done });
  }

  return (
    <div className={classes.footer}>
      {save.isError ? <ErrorNotice title="The profile was not saved" error={save.error} /> : null}
      <Group justify="space-between" gap="sm">
        <Stack gap={4}>
          {alike === 0 ? null : (
            <Checkbox
              size="xs"
              label={`The same for the other ${countOf(alike, "file")} like this`}
              checked={isForAlike}
              onChange={({ currentTarget }) => setForAlike(currentTarget.checked)}
            />
          )}
          <Group gap="xs">
            <Checkbox
              size="xs"
              label="Use for all files like this (keeps a profile)"
              disabled={!mayKeep}
              checked={isKept && mayKeep}
              onChange={({ currentTarget }) => setKept(currentTarget.checked)}
            />
            {isKept && mayKeep ? (
              <TextInput
                size="xs"
                aria-label="Name of the profile"
                maxLength={255}
                value={name}
                onChange={({ currentTarget }) => setName(currentTarget.value)}
              />
            ) : null}
          </Group>
        </Stack>
        <Group gap="xs">
          <Text size="xs" c="dimmed" role="status">
            {footerWords({ isCurrent, hasFailed: error !== null, openQuestions, inspection })}
          </Text>
          <Button variant="subtle" color="gray" onClick={onRemove}>
            Leave this file out
          </Button>
          <Button variant="default" onClick={onLater}>
            Later
          </Button>
          <Button
            disabled={!isReady || (isKept && name.trim() === "")}
            loading={save.isPending}
            onClick={read}
          >
            Read it
          </Button>
        </Group>
      </Group>
    </div>
  );
}

interface FooterState extends Pick<InspectionInHand, "isCurrent" | "openQuestions" | "inspection"> {
  hasFailed: boolean;
}

function footerWords({ isCurrent, hasFailed, openQuestions, inspection }: FooterState): string {
  if (hasFailed) return "";
  if (!isCurrent) return "looking at it …";
  if (openQuestions > 0) return openQuestions === 1 ? "Answer the question." : "Answer the questions.";
  return inspection.readable ? "" : "It cannot be read so.";
}
