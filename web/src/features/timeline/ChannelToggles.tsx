import { Button, Checkbox, Chip, Group, Popover, Stack } from "@mantine/core";
import { channelLook, FIELD_CHANNELS } from "./channelLooks.ts";

interface ChannelTogglesProps {
  channels: readonly string[];
  shown: readonly string[];
  onChange: (shown: string[]) => void;
}

/** Which channels are drawn; at least one always is. The field is a click away, other columns of the file two. */
export function ChannelToggles({ channels, shown, onChange }: ChannelTogglesProps) {
  const field = channels.filter((channel) => FIELD_CHANNELS.includes(channel));
  const others = channels.filter((channel) => !FIELD_CHANNELS.includes(channel));

  function toggle(channel: string) {
    const next = channels.filter((name) => (name === channel ? !shown.includes(name) : shown.includes(name)));
    if (next.length > 0) onChange(next);
  }

  return (
    <Group gap={4} role="group" aria-label="Channels">
      {field.map((channel) => (
        <Chip
          key={channel}
          size="xs"
          radius="sm"
          variant="light"
          checked={shown.includes(channel)}
          onChange={() => toggle(channel)}
        >
          {channelLook(channel).title}
        </Chip>
      ))}
      {others.length === 0 ? null : (
        <Popover withArrow position="bottom-start">
          <Popover.Target>
            <Button size="compact-sm" variant="default">
              More channels
            </Button>
          </Popover.Target>
          <Popover.Dropdown mah={360} style={{ overflow: "auto" }}>
            <Stack gap={8}>
              {others.map((channel) => (
                <Checkbox
                  key={channel}
                  size="xs"
                  label={channelLook(channel).title}
                  checked={shown.includes(channel)}
                  onChange={() => toggle(channel)}
                />
              ))}
            </Stack>
          </Popover.Dropdown>
        </Popover>
      )}
    </Group>
  );
}
