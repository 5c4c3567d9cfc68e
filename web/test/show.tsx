import { afterEach } from "node:test";
import { MantineProvider } from "@mantine/core";
import { Notifications, notifications } from "@mantine/notifications";
import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, configure, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { createQueryClient } from "../src/api/queryClient.ts";
import { theme } from "../src/app/theme.ts";

// All of the page's elements would bury the message: its text says enough.
configure({
  // Only what fails waits for so long, also on a busy machine.
  asyncUtilTimeout: 30_000,
  // Without stylesheets everything is visible; working that out for each element would be most of a test's time.
  defaultHidden: true,
  getElementError: (message) => {
    const words = [...document.body.querySelectorAll(":not(style)")]
      .filter((element) => element.children.length === 0)
      .map((element) => element.textContent);
    return new Error(`${message}\nOn the page: ${words.join(" ").replace(/\s+/g, " ").slice(0, 2000)}`);
  },
});

let client: QueryClient | undefined;

afterEach(() => {
  cleanup();
  notifications.clean();
  client?.clear();
});

/** Puts something on the page with what stands around it in the app. Its own cache is new. */
export function show(content: ReactNode | ((client: QueryClient) => ReactNode)) {
  const created = createQueryClient(() => undefined);
  // Answers nobody looks at are let go of after five minutes; the process would wait for that.
  const { queries } = created.getDefaultOptions();
  const gcTime = Number.POSITIVE_INFINITY;
  created.setDefaultOptions({ queries: { ...queries, gcTime }, mutations: { gcTime } });
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
