import type { Category } from "@magtrace/contracts";
import { ActionIcon, Button, Group, Popover, Stack, TextInput, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type FormEvent, useState } from "react";
import { errorSentence } from "../../api/apiError.ts";
import { showFailure } from "../../ui/notify.ts";
import classes from "./CategoryPalette.module.css";
import { activeCategories, freeHotkey, nextColour } from "./categoryChoice.ts";
import { useCategoryActions } from "./queries.ts";
import { Swatch } from "./Swatch.tsx";

interface CategoryPaletteProps {
  projectId: number;
  categories: readonly Category[];
  /** Whether there is something a click would name: a selection or a picked label. */
  isArmed: boolean;
  onChoose: (category: Category) => void;
}

/** The categories with their keys. A click, or the key, names what is selected. */
export function CategoryPalette({ projectId, categories, isArmed, onChoose }: CategoryPaletteProps) {
  return (
    <Group gap={4} role="group" aria-label="Categories">
      {activeCategories(categories).map((category) => (
        <Tooltip
          key={category.id}
          label={isArmed ? `Label the selection ${category.name}` : "Select a stretch of the timeline first"}
          openDelay={600}
        >
          <Button
            size="compact-sm"
            variant="default"
            {...(isArmed ? {} : { "data-disabled": true, "aria-disabled": true })}
            aria-label={`Label as ${category.name}`}
            {...(category.hotkey === null ? {} : { "aria-keyshortcuts": category.hotkey })}
            onClick={() => isArmed && onChoose(category)}
            leftSection={<Swatch color={category.color} />}
            rightSection={
              category.hotkey === null ? null : <kbd className={classes.key}>{category.hotkey}</kbd>
            }
          >
            {category.name}
          </Button>
        </Tooltip>
      ))}
      <NewCategory projectId={projectId} categories={categories} />
    </Group>
  );
}

function NewCategory({ projectId, categories }: { projectId: number; categories: readonly Category[] }) {
  const [opened, { close, toggle }] = useDisclosure(false);
  const [name, setName] = useState("");
  const { create } = useCategoryActions(projectId);

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
        onSuccess: () => {
          setName("");
          close();
        },
        onError: (error) => showFailure("The category was not made", errorSentence(error)),
      },
    );
  }

  return (
    <Popover opened={opened} onChange={(next) => !next && close()} trapFocus withArrow>
      <Popover.Target>
        <ActionIcon variant="default" size={26} aria-label="New category" onClick={toggle}>
          +
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <form onSubmit={submit}>
          <Stack gap="xs">
            <TextInput
              label="Name of the new category"
              size="xs"
              value={name}
              maxLength={255}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Button type="submit" size="xs" loading={create.isPending}>
              Add category
            </Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
