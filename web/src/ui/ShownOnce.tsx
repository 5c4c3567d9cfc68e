import { Alert, Button, Code, CopyButton, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";

interface ShownOnceProps {
  title: string;
  /** What is shown, and what is copied. */
  value: string;
  /** What to do with it. */
  hint?: string;
  /** More to do with it, beside "Copy". */
  children?: ReactNode;
}

/** A secret that the server keeps no copy of. */
export function ShownOnce({ title, value, hint, children }: ShownOnceProps) {
  return (
    <Alert color="teal" title={title} role="status">
      {hint === undefined ? null : (
        <Text size="sm" mb="xs">
          {hint}
        </Text>
      )}
      <Code block>{value}</Code>
      <Group gap="sm" mt="xs">
        <CopyButton value={value}>
          {({ copied, copy }) => (
            <Button size="compact-sm" variant="default" onClick={copy}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
        {children}
      </Group>
    </Alert>
  );
}
