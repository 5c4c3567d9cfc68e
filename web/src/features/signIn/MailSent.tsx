import { Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { LinkButton } from "../../ui/LinkButton.tsx";
import { PageHeading } from "../../ui/PageHeading.tsx";

/** The same words whether the address is known here or not: the page tells nobody who has an account. */
export function MailSent({ address, children }: { address: string; children: ReactNode }) {
  return (
    <Stack role="status">
      <PageHeading>Check your mail</PageHeading>
      <Text size="sm">{children}</Text>
      <Text size="sm" c="dimmed">
        We sent it to {address}. If it has not come after some minutes, check that address and your spam
        folder.
      </Text>
      <LinkButton variant="default" to="/sign-in">
        To the sign-in page
      </LinkButton>
    </Stack>
  );
}
