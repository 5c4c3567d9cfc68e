import type { Token } from "@magtrace/contracts";
import { Badge, Code, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { errorSentence } from "../../api/apiError.ts";
import { ConfirmButton } from "../../ui/ConfirmButton.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatMoment } from "../../ui/formatMoment.ts";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { showFailure } from "../../ui/notify.ts";
import { Pager } from "../../ui/Pager.tsx";
import { projectChoicesQuery } from "../projects/queries.ts";
import { NewToken } from "./NewToken.tsx";
import { tokensQuery, useRevokeToken } from "./queries.ts";

/** Somebody may have a hundred. */
const TOKENS_A_PAGE = 20;

/** The tokens with which scripts act in one's name. */
export function Tokens({ mayWrite }: { mayWrite: boolean }) {
  const tokens = useQuery(tokensQuery);
  return (
    <Stack gap="sm">
      <Title order={2}>API tokens</Title>
      <Text size="sm" c="dimmed">
        A script signs in with <Code>Authorization: Bearer …</Code>. It can do what its scopes say, and never
        more than you.
      </Text>
      {mayWrite ? <NewToken /> : null}
      {tokens.isPending ? (
        <LoadingBlock what="the tokens" />
      ) : tokens.isError ? (
        <ErrorNotice
          title="The tokens could not be loaded"
          error={tokens.error}
          onRetry={() => void tokens.refetch()}
        />
      ) : (
        <TokenTable tokens={tokens.data} mayWrite={mayWrite} />
      )}
    </Stack>
  );
}

function TokenTable({ tokens, mayWrite }: { tokens: Token[]; mayWrite: boolean }) {
  const revoke = useRevokeToken();
  const [page, setPage] = useState(1);
  const newest = tokens.toReversed();
  // After the last one of the last page was revoked, the page before it is the last.
  const shownPage = Math.min(page, Math.max(1, Math.ceil(tokens.length / TOKENS_A_PAGE)));
  const first = (shownPage - 1) * TOKENS_A_PAGE;
  const projects = useQuery(projectChoicesQuery).data?.rows ?? [];
  const nameOf = (id: number) => projects.find((project) => project.id === id)?.name ?? `project ${id}`;
  if (tokens.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        You have no tokens.
      </Text>
    );
  }
  return (
    <>
      <Table.ScrollContainer minWidth={700}>
        <Table withTableBorder verticalSpacing={6} aria-label="API tokens">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>Begins with</Table.Th>
              <Table.Th>Scopes</Table.Th>
              <Table.Th>For</Table.Th>
              <Table.Th>Last used</Table.Th>
              <Table.Th>Expires</Table.Th>
              <Table.Th>
                <span className="visually-hidden">Actions</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {newest.slice(first, first + TOKENS_A_PAGE).map((token) => (
              <Table.Tr key={token.id}>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{token.name}</Table.Td>
                <Table.Td>
                  <Code>{token.prefix}…</Code>
                </Table.Td>
                <Table.Td>
                  <Group gap={4}>
                    {token.scopes.map((scope) => (
                      <Badge key={scope} size="sm" variant="light" color="gray" tt="none">
                        {scope}
                      </Badge>
                    ))}
                  </Group>
                </Table.Td>
                <Table.Td className={token.project === null ? "one-line" : ""}>
                  {token.project === null ? "all projects" : nameOf(token.project)}
                </Table.Td>
                <Table.Td className="one-line">
                  {token.last_used_at === null ? "never" : formatMoment(token.last_used_at)}
                </Table.Td>
                <Table.Td className="one-line">
                  {token.expires_at === null ? "never" : formatMoment(token.expires_at)}
                </Table.Td>
                <Table.Td ta="right">
                  {mayWrite ? (
                    <ConfirmButton
                      size="compact-xs"
                      variant="subtle"
                      color="red"
                      aria-label={`Revoke ${token.name}`}
                      question={`Revoke ${token.name}?`}
                      consequence="Scripts that use this token are refused from then on."
                      confirmLabel="Revoke the token"
                      onConfirm={() =>
                        revoke.mutate(token.id, {
                          onError: (error) => showFailure("The token still works", errorSentence(error)),
                        })
                      }
                    >
                      Revoke
                    </ConfirmButton>
                  ) : null}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Pager what="tokens" page={shownPage} pageSize={TOKENS_A_PAGE} total={tokens.length} onPage={setPage} />
    </>
  );
}
