import type { CreatedToken, CreateToken, Token, TokenScope } from "@magtrace/contracts";
import {
  Alert,
  Badge,
  Button,
  Checkbox,
  Code,
  Container,
  CopyButton,
  Group,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { errorSentence } from "../../api/apiError.ts";
import { request } from "../../api/client.ts";
import { keys } from "../../api/keys.ts";
import { useMe } from "../../app/session.ts";
import { ConfirmButton } from "../../ui/ConfirmButton.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatMoment } from "../../ui/formatMoment.ts";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { showFailure } from "../../ui/notify.ts";

const DAY_MS = 86_400_000;
const LIFETIMES = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "one year" },
  { value: "never", label: "never" },
];
const SCOPES: { value: TokenScope; label: string }[] = [
  { value: "read", label: "read: look and export" },
  { value: "write", label: "write: upload and label" },
  { value: "train", label: "train: train and predict" },
];

/** One's own account: who one is here, and the tokens with which scripts act in one's name. */
export function AccountPage() {
  const me = useMe();
  const tokens = useQuery({
    queryKey: keys.tokens,
    queryFn: ({ signal }) => request<Token[]>("tokens/", { signal }),
  });
  return (
    <Container size="md" py="md">
      <Title order={1}>Account</Title>
      <Text size="sm" mt="xs">
        {me?.name} · {me?.email} · {me?.role}
        {me?.organizations.map((organization) => ` · ${organization.name} (${organization.role})`)}
      </Text>
      <Title order={2} mt="xl">
        API tokens
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        A script signs in with <Code>Authorization: Bearer …</Code>. It can do what its scopes say, and never
        more than you.
      </Text>
      {tokens.isPending ? (
        <LoadingBlock what="the tokens" />
      ) : tokens.isError ? (
        <ErrorNotice
          title="The tokens could not be loaded"
          error={tokens.error}
          onRetry={() => void tokens.refetch()}
        />
      ) : (
        <TokenTable tokens={tokens.data} />
      )}
      <NewToken />
    </Container>
  );
}

function TokenTable({ tokens }: { tokens: Token[] }) {
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: (id: number) => request<void>(`tokens/${id}/`, { method: "DELETE" }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.tokens }),
    onError: (error) => showFailure("The token still works", errorSentence(error)),
  });
  if (tokens.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        You have no tokens.
      </Text>
    );
  }
  return (
    <Table withTableBorder verticalSpacing={6}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Name</Table.Th>
          <Table.Th>Begins with</Table.Th>
          <Table.Th>Scopes</Table.Th>
          <Table.Th>Last used</Table.Th>
          <Table.Th>Expires</Table.Th>
          <Table.Th />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {tokens.map((token) => (
          <Table.Tr key={token.id}>
            <Table.Td>{token.name}</Table.Td>
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
            <Table.Td>{token.last_used_at === null ? "never" : formatMoment(token.last_used_at)}</Table.Td>
            <Table.Td>{token.expires_at === null ? "never" : formatMoment(token.expires_at)}</Table.Td>
            <Table.Td ta="right">
              <ConfirmButton
                size="compact-xs"
                variant="subtle"
                color="red"
                aria-label={`Revoke ${token.name}`}
                question={`Revoke ${token.name}?`}
                consequence="Scripts that use this token are refused from then on."
                confirmLabel="Revoke the token"
                onConfirm={() => revoke.mutate(token.id)}
              >
                Revoke
              </ConfirmButton>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function NewToken() {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<TokenScope[]>(["read"]);
  const [lifetime, setLifetime] = useState("90");
  const create = useMutation({
    mutationFn: (body: CreateToken) => request<CreatedToken>("tokens/", { method: "POST", body }),
    onSuccess: () => {
      setName("");
      return client.invalidateQueries({ queryKey: keys.tokens });
    },
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    if (name.trim() === "" || scopes.length === 0) return;
    const expires =
      lifetime === "never" ? null : new Date(Date.now() + Number(lifetime) * DAY_MS).toISOString();
    create.mutate({ name, scopes, expires_at: expires });
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm" mt="lg">
        <Group align="flex-end" gap="sm">
          <TextInput
            label="Name of the new token"
            placeholder="what it is for"
            required
            maxLength={255}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Select
            label="Expires after"
            data={LIFETIMES}
            value={lifetime}
            onChange={(value) => setLifetime(value ?? "90")}
            allowDeselect={false}
          />
        </Group>
        <Checkbox.Group
          label="Scopes"
          value={scopes}
          onChange={(values) => setScopes(values as TokenScope[])}
          error={scopes.length === 0 ? "Choose at least one." : null}
        >
          <Group mt={4}>
            {SCOPES.map((scope) => (
              <Checkbox key={scope.value} value={scope.value} label={scope.label} />
            ))}
          </Group>
        </Checkbox.Group>
        <Group>
          <Button type="submit" variant="default" loading={create.isPending}>
            Create token
          </Button>
        </Group>
        {create.isError ? <ErrorNotice title="The token was not created" error={create.error} /> : null}
        {create.data === undefined ? null : (
          <Alert color="teal" title="Copy the token now: it is not shown again" role="status">
            <Group gap="sm">
              <Code>{create.data.token}</Code>
              <CopyButton value={create.data.token}>
                {({ copied, copy }) => (
                  <Button size="compact-sm" variant="light" onClick={copy}>
                    {copied ? "Copied" : "Copy"}
                  </Button>
                )}
              </CopyButton>
            </Group>
          </Alert>
        )}
      </Stack>
    </form>
  );
}
