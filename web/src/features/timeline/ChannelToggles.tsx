import { Chip, Group } from "@mantine/core";
import { channelLook } from "./channelLooks.ts";

interface ChannelTogglesProps {
  channels: readonly string[];
  shown: readonly string[];
  onChange: (shown: string[]) => void;
}

/** Which channels are drawn; at least one always is. */
export function ChannelToggles({ channels, shown, onChange }: ChannelTogglesProps) {
  return (
    <Group gap={4} role="group" aria-label="Channels">
      {channels.map((channel) => {
        const isShown = shown.includes(channel);
        return (
          <Chip
            key={channel}
            size="xs"
            radius="sm"
            variant="light"
            checked={isShown}
            onChange={() => {
              const next = channels.filter((name) => (name === channel ? !isShown : shown.includes(name)));
              if (next.length > 0) onChange(next);
            }}
          >
            {channelLook(channel).title}
          </Chip>
        );
      })}
    </Group>
  );
}
