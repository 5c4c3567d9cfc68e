import { Alert, Button, Group, Text } from "@mantine/core";
import { ApiError, errorSentence } from "../api/apiError.ts";

interface ErrorNoticeProps {
  /** What could not be done, e.g. "The datasets could not be loaded". */
  title: string;
  error: unknown;
  onRetry?: (() => void) | undefined;
}

export function ErrorNotice({ title, error, onRetry }: ErrorNoticeProps) {
  const requestId = error instanceof ApiError && error.status >= 500 ? error.requestId : null;
  return (
    <Alert color="red" title={title} role="alert">
      <Text size="sm">{errorSentence(error)}</Text>
      {requestId === null ? null : (
        <Text size="xs" c="dimmed" mt={4}>
          For the administrator: request {requestId}
        </Text>
      )}
      {onRetry === undefined ? null : (
        <Group mt="xs">
          <Button size="compact-sm" variant="light" color="red" onClick={onRetry}>
            Try again
          </Button>
        </Group>
      )}
    </Alert>
  );
}
