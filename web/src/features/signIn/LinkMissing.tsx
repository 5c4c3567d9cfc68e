import { Stack, Text } from "@mantine/core";
import { LinkButton } from "../../ui/LinkButton.tsx";
import { PageHeading } from "../../ui/PageHeading.tsx";

/** The page was reloaded or typed by hand: what the link proved is not known any more. */
export function LinkMissing({ title }: { title: string }) {
  return (
    <Stack>
      <PageHeading>{title}</PageHeading>
      <Text size="sm">Open the link in your mail again. MagTrace keeps its secret nowhere else.</Text>
      <LinkButton variant="default" to="/sign-in">
        To the sign-in page
      </LinkButton>
    </Stack>
  );
}
