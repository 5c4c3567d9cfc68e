import { Title, type TitleProps } from "@mantine/core";
import { createContext, type Ref, use, useEffect, useRef } from "react";

/** What the pages inside belong to: the name of a project or an organisation. */
export const SectionName = createContext<string | null>(null);

let isFirstPage = true;

/**
 * What the heading of a page called so needs. The name is also the title of the browser's tab and of the page's place
 * in the history. A page that comes after another one takes the focus, as one that the browser loads does: it is read
 * out, and the next Tab goes into it.
 */
export function usePageHeading(name: string): { ref: Ref<HTMLHeadingElement>; tabIndex: -1 } {
  const section = use(SectionName);
  const heading = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    document.title = [name, section, "MagTrace"].filter((part) => part !== null).join(" · ");
  }, [name, section]);

  useEffect(() => {
    const isFirst = isFirstPage;
    isFirstPage = false;
    // Whoever is already typing into the page goes on typing.
    if (isFirst || document.activeElement?.closest("main, [role=dialog]")) return;
    heading.current?.focus({ preventScroll: true });
  }, []);

  return { ref: heading, tabIndex: -1 };
}

interface PageHeadingProps extends Omit<TitleProps, "children" | "order"> {
  children: string;
}

export function PageHeading({ children: name, ...props }: PageHeadingProps) {
  return (
    <Title {...props} {...usePageHeading(name)} order={1}>
      {name}
    </Title>
  );
}
