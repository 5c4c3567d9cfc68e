import type { Session } from "@magtrace/contracts";
import { Badge, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { errorSentence } from "../../api/apiError.ts";
import { ConfirmButton } from "../../ui/ConfirmButton.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatMoment } from "../../ui/formatMoment.ts";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { showDone, showFailure } from "../../ui/notify.ts";
import { describeBrowser } from "./describeBrowser.ts";
import { browsersQuery, useRevokeBrowser, useRevokeOtherBrowsers } from "./queries.ts";

/** Where one is signed in. */
export function Browsers() {
  const browsers = useQuery(browsersQuery);
  const revokeOthers = useRevokeOtherBrowsers();
  return (
    <Stack gap="sm">
      <Title order={2}>Signed-in browsers</Title>
      {browsers.isPending ? (
        <LoadingBlock what="the browsers" />
      ) : browsers.isError ? (
        <ErrorNotice
          title="The browsers could not be loaded"
          error={browsers.error}
          onRetry={() => void browsers.refetch()}
        />
      ) : (
        <>
          <BrowserTable browsers={browsers.data} />
          {browsers.data.length > 1 ? (
            <Group>
              <ConfirmButton
                variant="default"
                loading={revokeOthers.isPending}
                question="Sign out everywhere else?"
                consequence="All browsers but this one have to sign in again. API tokens keep working."
                confirmLabel="Sign out everywhere else"
                onConfirm={() =>
                  revokeOthers.mutate(undefined, {
                    onSuccess: () => showDone("Only this browser is signed in now."),
                    onError: (error) => showFailure("The others are still signed in", errorSentence(error)),
                  })
                }
              >
                Sign out everywhere else
              </ConfirmButton>
            </Group>
          ) : null}
        </>
      )}
    </Stack>
  );
}

function BrowserTable({ browsers }: { browsers: Session[] }) {
  const revoke = useRevokeBrowser();
  return (
    <Table.ScrollContainer minWidth={560}>
      <Table withTableBorder verticalSpacing={6} aria-label="Signed-in browsers">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Browser</Table.Th>
            <Table.Th>Address</Table.Th>
            <Table.Th>Signed in</Table.Th>
            <Table.Th>Last used</Table.Th>
            <Table.Th>
              <span className="visually-hidden">Actions</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {browsers.map((browser) => {
            const name = describeBrowser(browser.user_agent);
            return (
              <Table.Tr key={browser.id}>
                <Table.Td>
                  <Text size="sm" title={browser.user_agent ?? ""}>
                    {name}
                  </Text>
                </Table.Td>
                <Table.Td>{browser.ip_address ?? "–"}</Table.Td>
                <Table.Td className="one-line">{formatMoment(browser.created_at)}</Table.Td>
                <Table.Td className="one-line">{formatMoment(browser.last_used_at)}</Table.Td>
                <Table.Td ta="right">
                  {browser.current ? (
                    <Badge variant="light" color="teal" size="sm" tt="none">
                      this one
                    </Badge>
                  ) : (
                    <ConfirmButton
                      size="compact-xs"
                      variant="subtle"
                      color="red"
                      aria-label={`Sign out ${name}`}
                      question={`Sign out ${name}?`}
                      consequence="Whoever uses that browser has to sign in again."
                      confirmLabel="Sign it out"
                      onConfirm={() =>
                        revoke.mutate(browser.id, {
                          onError: (error) => showFailure("It is still signed in", errorSentence(error)),
                        })
                      }
                    >
                      Sign out
                    </ConfirmButton>
                  )}
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
