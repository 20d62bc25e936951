// A box that scrolls by itself on some screens only: there the keyboard must come to it, too.
import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";

export function useScrolls(box: RefObject<HTMLElement | null>): Signal<boolean> {
  const scrolls = useSignal(false);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () => {
      const { overflowX, overflowY } = getComputedStyle(element);
      scrolls.value = (overflowY === "auto" && element.scrollHeight > element.clientHeight) || (overflowX === "auto" && element.scrollWidth > element.clientWidth);
    };
    const watch = new ResizeObserver(look);
    watch.observe(element);
    for (const child of element.children) watch.observe(child);
    return () => watch.disconnect();
  }, [box.current]);
  return scrolls;
}
