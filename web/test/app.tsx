import { afterEach } from "node:test";
import { RouterProvider } from "@tanstack/react-router";
import { createAppRouter } from "../src/app/router.tsx";
import { show } from "./show.tsx";

let leave = () => {};

afterEach(() => leave());

/** Opens the whole app at an address such as "/projects/1". */
export function openApp(address: string) {
  window.history.replaceState(null, "", `/app${address}`);
  return show((queryClient) => {
    const router = createAppRouter({ queryClient, linkToken: null });
    leave = () => router.history.destroy();
    return <RouterProvider router={router} />;
  });
}
