import { Button, createTheme, type MantineColorsTuple } from "@mantine/core";

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
  components: { Button: Button.extend({ styles: { label: { fontWeight: 500 } } }) },
});
