import {
  Button,
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  Modal,
  Notification,
} from "@mantine/core";

/** A quiet steel blue: channels and label categories own the loud colours. */
const steel: MantineColorsTuple = [
  "#eef4f9",
  "#dde7f0",
  "#b8cde0",
  "#90b1cf",
  "#6f9ac1",
  "#598bb8",
  "#4c83b4",
  "#3b6f9e",
  "#2f628f",
  "#1d547f",
];

export const theme = createTheme({
  primaryColor: "steel",
  primaryShade: { light: 7, dark: 6 },
  colors: { steel },
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'Cascadia Mono', 'Liberation Mono', Menlo, monospace",
  headings: { fontWeight: "600", sizes: { h1: { fontSize: "1.375rem" }, h2: { fontSize: "1.0625rem" } } },
  defaultRadius: "sm",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ styles: { label: { fontWeight: 500 } } }),
    Notification: Notification.extend({
      defaultProps: { closeButtonProps: { "aria-label": "Close" } },
      styles: { description: { color: "var(--mantine-color-text)" } },
    }),
    Modal: Modal.extend({
      defaultProps: { closeButtonProps: { "aria-label": "Close" } },
      styles: { title: { fontWeight: 600, lineHeight: 1.3, overflowWrap: "anywhere" } },
    }),
  },
});

/** Where the library's greys, reds and greens are too faint to be read by everybody: 4.5 to 1 is the least for text. */
export const readableColors: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#5f676f",
    "--mantine-color-placeholder": "#6b737b",
    "--mantine-color-error": "#c92a2a",
    "--mantine-color-red-filled": "#c92a2a",
    "--mantine-color-red-filled-hover": "#b02525",
    "--mantine-color-yellow-light-color": "#7d4a00",
    "--mantine-color-teal-light-color": "#066649",
  },
  dark: {
    "--mantine-color-dimmed": "#a3a8ad",
    "--mantine-color-placeholder": "#9aa0a6",
    "--mantine-color-error": "#ff8787",
    "--mantine-color-steel-filled": "#447aa9",
    "--mantine-primary-color-filled": "#447aa9",
  },
});
