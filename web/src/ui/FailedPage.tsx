import { Button, Container, Group, Stack, Text } from "@mantine/core";
import { ApiError, errorSentence } from "../api/apiError.ts";
import { LinkButton } from "./LinkButton.tsx";
import { PageHeading } from "./PageHeading.tsx";

interface FailedPageProps {
  /** What could not be done, e.g. "The project could not be opened". */
  title: string;
  error: unknown;
  onRetry: () => void;
}

/** Instead of a page that has nothing to show. */
export function FailedPage({ title, error, onRetry }: FailedPageProps) {
  const isNotThere = error instanceof ApiError && error.status === 404;
  const needsTwoFactor = error instanceof ApiError && error.code === "two_factor_needed";
  const requestId = error instanceof ApiError && error.status >= 500 ? error.requestId : null;
  return (
    <Container size="xs" py="xl">
      <Stack>
        <PageHeading>{title}</PageHeading>
        <Text role="alert">{errorSentence(error)}</Text>
        {isNotThere ? (
          <Text size="sm" c="dimmed">
            It may have been deleted, or you have been taken out of it. Ask whoever gave you the address.
          </Text>
        ) : null}
        {requestId === null ? null : (
          <Text size="xs" c="dimmed">
            For the administrator: request {requestId}
          </Text>
        )}
        <Group>
          {needsTwoFactor ? (
            <LinkButton to="/account" hash="two-factor">
              Set up two-factor sign-in
            </LinkButton>
          ) : isNotThere ? null : (
            <Button onClick={onRetry}>Try again</Button>
          )}
          <LinkButton variant="default" to="/projects">
            All projects
          </LinkButton>
        </Group>
      </Stack>
    </Container>
  );
}
