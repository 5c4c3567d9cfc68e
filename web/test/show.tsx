import { afterEach } from "node:test";
import { MantineProvider } from "@mantine/core";
import { Notifications, notifications } from "@mantine/notifications";
import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { createQueryClient } from "../src/api/queryClient.ts";
import { theme } from "../src/app/theme.ts";

let client: QueryClient | undefined;

afterEach(() => {
  cleanup();
  notifications.clean();
  client?.clear();
});

/** Puts something on the page with what stands around it in the app. Its own cache is new. */
export function show(content: ReactNode | ((client: QueryClient) => ReactNode)) {
  const created = createQueryClient(() => undefined);
  client = created;
  return render(
    <MantineProvider theme={theme} env="test" forceColorScheme="light">
      <Notifications />
      <QueryClientProvider client={created}>
        {typeof content === "function" ? content(created) : content}
      </QueryClientProvider>
    </MantineProvider>,
  );
}
