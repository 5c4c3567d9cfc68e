import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./app/styles.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { keys } from "./api/keys.ts";
import { createQueryClient } from "./api/queryClient.ts";
import { createAppRouter } from "./app/router.tsx";
import { readableColors, theme } from "./app/theme.ts";
import { takeLinkToken } from "./features/signIn/linkToken.ts";
import { reportVitals } from "./features/vitals/reportVitals.ts";
import { showFailure } from "./ui/notify.ts";

const queryClient = createQueryClient(() => {
  // Somebody who is only just signing in is refused in their own place.
  if (!queryClient.getQueryData(keys.me)) return;
  queryClient.setQueryData(keys.me, null);
  showFailure("You are signed out", "Your session has ended. Sign in again to go on where you were.");
  // The guard of the signed-in pages now leads to the sign-in page and back.
  void router.invalidate();
});
const router = createAppRouter({ queryClient, linkToken: takeLinkToken(window) });

reportVitals(() => router.state.matches.at(-1)?.fullPath);

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={readableColors} defaultColorScheme="auto">
      <Notifications position="top-center" autoClose={5000} limit={3} />
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
