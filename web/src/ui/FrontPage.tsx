import { Center, Group, Paper, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** The frame of what is shown before anybody is signed in. */
export function FrontPage({ children }: { children: ReactNode }) {
  return (
    <Center mih="100vh" p="md" component="main">
      <Stack w={400} maw="100%" gap="lg">
        <Group justify="center" gap="xs">
          <img src="/app/icon.svg" alt="" width={30} height={30} />
          <Text fw={700} size="xl">
            MagTrace
          </Text>
        </Group>
        <Paper withBorder p="lg">
          {children}
        </Paper>
      </Stack>
    </Center>
  );
}
