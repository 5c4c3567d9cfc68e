import { Center, Group, Loader, Text } from "@mantine/core";

export function LoadingBlock({ what, height = 160 }: { what: string; height?: number }) {
  return (
    <Center h={height} role="status">
      <Group gap="sm">
        <Loader size="sm" aria-hidden />
        <Text c="dimmed" size="sm">
          Loading {what}…
        </Text>
      </Group>
    </Center>
  );
}
