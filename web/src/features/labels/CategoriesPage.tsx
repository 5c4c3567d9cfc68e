import type { Category, UpdateCategory } from "@magtrace/contracts";
import {
  Button,
  Checkbox,
  ColorInput,
  Container,
  Group,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { errorSentence } from "../../api/apiError.ts";
import { ConfirmButton } from "../../ui/ConfirmButton.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { showFailure } from "../../ui/notify.ts";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { useRights } from "../projects/rights.ts";
import { freeHotkey, nextColour } from "./categoryChoice.ts";
import { categoriesQuery, useCategoryActions } from "./queries.ts";

const HOTKEYS = [..."123456789"].map((key) => ({ value: key, label: key }));

/** The names a project's stretches can have: colours, keys, order, which ones are in use. */
export function CategoriesPage() {
  const { projectId } = useParams({ from: "/signed-in/projects/$projectId/categories" });
  const categories = useQuery(categoriesQuery(projectId));
  const { mayEdit } = useRights(projectId);
  return (
    <Container size="md" py="md">
      <PageHeading>Categories</PageHeading>
      <Text size="sm" c="dimmed" mb="md">
        Categories name stretches of a recording. Press a category’s key in the timeline to label the
        selection.
      </Text>
      {categories.isPending ? (
        <LoadingBlock what="the categories" />
      ) : categories.isError ? (
        <ErrorNotice
          title="The categories could not be loaded"
          error={categories.error}
          onRetry={() => void categories.refetch()}
        />
      ) : (
        <Stack>
          {categories.data.length === 0 ? (
            <EmptyState title="No categories" hint="Add one below to begin labelling." />
          ) : (
            <Table withTableBorder verticalSpacing={4} aria-label="Categories">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Name</Table.Th>
                  <Table.Th>Colour</Table.Th>
                  <Table.Th>Key</Table.Th>
                  <Table.Th>Part of</Table.Th>
                  <Table.Th>In use</Table.Th>
                  <Table.Th>
                    <span className="visually-hidden">Actions</span>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {categories.data.map((category) => (
                  <CategoryRow
                    key={`${category.id} ${category.name} ${category.color}`}
                    category={category}
                    others={categories.data}
                    mayEdit={mayEdit}
                  />
                ))}
              </Table.Tbody>
            </Table>
          )}
          {mayEdit ? <NewCategoryForm projectId={projectId} categories={categories.data} /> : null}
        </Stack>
      )}
    </Container>
  );
}

interface CategoryRowProps {
  category: Category;
  others: readonly Category[];
  mayEdit: boolean;
}

function CategoryRow({ category, others, mayEdit }: CategoryRowProps) {
  const actions = useCategoryActions(category.project);
  const [name, setName] = useState(category.name);
  const [color, setColor] = useState(category.color);
  const [heir, setHeir] = useState<string | null>(null);

  function change(fields: UpdateCategory) {
    actions.update.mutate(
      { id: category.id, ...fields },
      {
        onError: (error) => {
          setName(category.name);
          setColor(category.color);
          showFailure(`${category.name} was not changed`, errorSentence(error));
        },
      },
    );
  }

  return (
    <Table.Tr>
      <Table.Td>
        <TextInput
          size="xs"
          aria-label={`Name of ${category.name}`}
          disabled={!mayEdit}
          value={name}
          maxLength={255}
          onChange={(event) => setName(event.currentTarget.value)}
          onBlur={() => name.trim() !== "" && name !== category.name && change({ name: name.trim() })}
        />
      </Table.Td>
      <Table.Td>
        <ColorInput
          size="xs"
          w={120}
          format="hex"
          withEyeDropper={false}
          aria-label={`Colour of ${category.name}`}
          disabled={!mayEdit}
          value={color}
          onChange={setColor}
          onChangeEnd={(value) => {
            if (/^#[0-9a-f]{6}$/i.test(value) && value !== category.color) change({ color: value });
          }}
        />
      </Table.Td>
      <Table.Td>
        <Select
          size="xs"
          w={80}
          clearable
          aria-label={`Key of ${category.name}`}
          disabled={!mayEdit}
          data={
            category.hotkey === null || HOTKEYS.some(({ value }) => value === category.hotkey)
              ? HOTKEYS
              : [...HOTKEYS, { value: category.hotkey, label: category.hotkey }]
          }
          value={category.hotkey}
          onChange={(hotkey) => change({ hotkey })}
        />
      </Table.Td>
      <Table.Td>
        <Select
          size="xs"
          clearable
          placeholder="–"
          aria-label={`Part of, for ${category.name}`}
          disabled={!mayEdit}
          data={others
            .filter((other) => other.id !== category.id)
            .map((other) => ({ value: String(other.id), label: other.name }))}
          value={category.parent === null ? null : String(category.parent)}
          onChange={(parent) => change({ parent: parent === null ? null : Number(parent) })}
        />
      </Table.Td>
      <Table.Td>
        <Checkbox
          aria-label={`${category.name} is in use`}
          disabled={!mayEdit}
          checked={category.is_active}
          onChange={(event) => change({ is_active: event.currentTarget.checked })}
        />
      </Table.Td>
      <Table.Td ta="right">
        {mayEdit ? (
          <ConfirmButton
            size="compact-xs"
            variant="subtle"
            color="red"
            aria-label={`Delete ${category.name}`}
            question={`Delete ${category.name}?`}
            consequence="Its labels need another category first. Or switch it off instead: it then keeps them and can no longer be chosen."
            choice={
              <Select
                mt="sm"
                label="Give its labels to"
                placeholder="it has none"
                clearable
                data={others
                  .filter((other) => other.id !== category.id)
                  .map((other) => ({ value: String(other.id), label: other.name }))}
                value={heir}
                onChange={setHeir}
              />
            }
            confirmLabel="Delete the category"
            onConfirm={() =>
              actions.remove.mutate(
                { id: category.id, heir: heir === null ? null : Number(heir) },
                {
                  onError: (error) => showFailure(`${category.name} was not deleted`, errorSentence(error)),
                },
              )
            }
          >
            Delete
          </ConfirmButton>
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}

function NewCategoryForm({ projectId, categories }: { projectId: number; categories: readonly Category[] }) {
  const { create } = useCategoryActions(projectId);
  const [name, setName] = useState("");

  function submit(event: FormEvent) {
    event.preventDefault();
    if (name.trim() === "") return;
    create.mutate(
      {
        project: projectId,
        name: name.trim(),
        color: nextColour(categories),
        hotkey: freeHotkey(categories),
        order: categories.reduce((most, category) => Math.max(most, category.order + 1), 0),
      },
      {
        onSuccess: () => setName(""),
        onError: (error) => showFailure("The category was not made", errorSentence(error)),
      },
    );
  }

  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap="xs">
        <TextInput
          label="New category"
          size="xs"
          value={name}
          maxLength={255}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" size="xs" variant="default" loading={create.isPending}>
          Add category
        </Button>
      </Group>
    </form>
  );
}
