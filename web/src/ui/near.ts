/** For `{@attach …}` on the foot of a list: calls when the reader scrolls near it. */
export function whenNear(call: () => void): (foot: Element) => () => void {
  return (foot) => {
    const seen = new IntersectionObserver((entries) => entries.some((one) => one.isIntersecting) && call(), {
      rootMargin: "400px",
    });
    seen.observe(foot);
    return () => seen.disconnect();
  };
}
