import { Button, Container, Group, Stack, Text } from "@mantine/core";
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { errorSentence } from "../api/apiError.ts";
import { LinkButton } from "../ui/LinkButton.tsx";
import { PageHeading } from "../ui/PageHeading.tsx";

/** After an update the old page asks for files that are gone; only a reload gets the new ones. */
function isMissingChunk(error: unknown): boolean {
  return error instanceof Error && /dynamically imported module|module script/i.test(error.message);
}

export function RouteErrorPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const outdated = isMissingChunk(error);
  return (
    <Container component="main" size="xs" py="xl">
      <Stack role="alert">
        <PageHeading>{outdated ? "MagTrace has been updated" : "This page could not be shown"}</PageHeading>
        <Text>{outdated ? "Reload the page to go on with the new version." : errorSentence(error)}</Text>
        <Group>
          <Button
            onClick={() => {
              if (outdated) window.location.reload();
              else {
                reset();
                void router.invalidate();
              }
            }}
          >
            {outdated ? "Reload" : "Try again"}
          </Button>
          <LinkButton variant="default" to="/projects">
            All projects
          </LinkButton>
        </Group>
      </Stack>
    </Container>
  );
}

export function NotFoundPage() {
  return (
    <Container component="main" size="xs" py="xl">
      <Stack>
        <PageHeading>There is nothing at this address</PageHeading>
        <Text>It may have been deleted, or you may not see it.</Text>
        <Group>
          <LinkButton to="/projects">All projects</LinkButton>
        </Group>
      </Stack>
    </Container>
  );
}
