import { Button, type ButtonProps, Group, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ReactNode } from "react";

interface ConfirmButtonProps extends ButtonProps {
  /** The question, e.g. "Delete survey.csv?". */
  question: string;
  consequence: string;
  /** A choice that goes with it. */
  choice?: ReactNode;
  confirmLabel: string;
  /** Red unless what is confirmed takes nothing away. */
  confirmColor?: string;
  onConfirm: () => void;
  children: ReactNode;
  "aria-label"?: string;
}

/** A button for what cannot be taken back with one click. */
export function ConfirmButton({
  question,
  consequence,
  choice,
  confirmLabel,
  confirmColor = "red",
  onConfirm,
  children,
  ...button
}: ConfirmButtonProps) {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button {...button} onClick={open}>
        {children}
      </Button>
      <Modal opened={opened} onClose={close} title={question} centered>
        <Text size="sm">{consequence}</Text>
        {choice}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button
            color={confirmColor}
            onClick={() => {
              close();
              onConfirm();
            }}
          >
            {confirmLabel}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
