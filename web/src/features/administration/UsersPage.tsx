import { Container, Stack, Table, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMe } from "../../app/session.ts";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { Pager } from "../../ui/Pager.tsx";
import { USERS_A_PAGE, usersQuery } from "./queries.ts";
import { UserRow } from "./UserRow.tsx";

const TYPING_MS = 250;

/** Everybody who has an account here. */
export function UsersPage() {
  const me = useMe();
  const [search, setSearch] = useState("");
  const [page, setPage] = useState(1);
  const [searched] = useDebouncedValue(search.trim(), TYPING_MS);
  const users = useQuery(usersQuery(searched, page));

  return (
    <Container size="xl" py="md">
      <Stack gap="md">
        <PageHeading>Users</PageHeading>
        <TextInput
          label="Search"
          placeholder="name or e-mail"
          type="search"
          maxLength={100}
          w={300}
          maw="100%"
          value={search}
          onChange={(event) => {
            setSearch(event.currentTarget.value);
            setPage(1);
          }}
        />
        {users.isPending ? (
          <LoadingBlock what="the users" />
        ) : users.isError ? (
          <ErrorNotice
            title="The users could not be loaded"
            error={users.error}
            onRetry={() => void users.refetch()}
          />
        ) : users.data.total === 0 ? (
          <EmptyState title="Nobody found" hint="Look for a part of a name or of an address." />
        ) : (
          <>
            <Table.ScrollContainer minWidth={900}>
              <Table withTableBorder highlightOnHover verticalSpacing={6} aria-label="Users">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Name</Table.Th>
                    <Table.Th>Role here</Table.Th>
                    <Table.Th>Organisations</Table.Th>
                    <Table.Th>Two-factor</Table.Th>
                    <Table.Th>Last seen</Table.Th>
                    <Table.Th>
                      <span className="visually-hidden">Actions</span>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {users.data.rows.map((user) => (
                    <UserRow key={user.id} user={user} isOneself={user.id === me?.id} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            <Pager
              what="users"
              page={page}
              pageSize={USERS_A_PAGE}
              total={users.data.total}
              onPage={setPage}
            />
          </>
        )}
      </Stack>
    </Container>
  );
}
