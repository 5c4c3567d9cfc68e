import { Alert, Button, Code, Group, Text } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { type ReactNode, useRef } from "react";

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
  const { copy, copied, error } = useClipboard();
  const shown = useRef<HTMLPreElement>(null);

  function take() {
    copy(value);
    // Browsers lend no clipboard to pages that come over plain HTTP from another machine.
    if (shown.current !== null) window.getSelection()?.selectAllChildren(shown.current);
  }

  return (
    <Alert color="teal" title={title} role="status">
      {hint === undefined ? null : (
        <Text size="sm" mb="xs">
          {hint}
        </Text>
      )}
      <Code block ref={shown}>
        {value}
      </Code>
      <Group gap="sm" mt="xs">
        <Button size="compact-sm" variant="default" onClick={take}>
          {copied ? "Copied" : "Copy"}
        </Button>
        {children}
        {error === null ? null : (
          <Text size="sm">The browser does not let this page copy. It is selected: press Ctrl+C or ⌘C.</Text>
        )}
      </Group>
    </Alert>
  );
}
