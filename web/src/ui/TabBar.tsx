import type { ReactNode } from "react";
import classes from "./TabBar.module.css";

interface TabBarProps {
  /** What the pages are about, for whoever listens to the page. */
  label: string;
  title: string;
  /** Links with the class `tabClass`. */
  children: ReactNode;
}

export const tabClass = classes.tab;

/** The bar above the pages of one thing: its name and the links to them. */
export function TabBar({ label, title, children }: TabBarProps) {
  return (
    <nav className={classes.bar} aria-label={label}>
      <span className={classes.title} title={title}>
        {title}
      </span>
      <div className={classes.tabs}>{children}</div>
    </nav>
  );
}
