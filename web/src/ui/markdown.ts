/**
 * Markdown that someone's training wrote → HTML that can do nothing: no scripts, no forms, no requests. Fetched when the
 * first text is shown.
 *
 * Pictures are left out, for their address would be asked of another host; links open elsewhere and tell nobody where from.
 */

import DOMPurify from "dompurify";
import { Marked } from "marked";

const ALLOWED = [
  "a", "b", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "li", "ol", "p", "pre",
  "s", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
]; // prettier-ignore

/** HTML within the Markdown stays the text it is. */
const marked = new Marked({
  renderer: {
    html: ({ text }) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`),
    image: ({ text }) => text,
  },
});

export function renderMarkdown(text: string): string {
  const html = marked.parse(text, { async: false, gfm: true, breaks: false });
  const clean = DOMPurify.sanitize(html, {
    ALLOWED_TAGS: ALLOWED,
    ALLOWED_ATTR: ["href", "align", "start"],
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of clean.querySelectorAll("a[href]")) {
    link.setAttribute("target", "_blank");
    link.setAttribute("rel", "noopener noreferrer nofollow");
  }
  // A heading of a text must not stand among the page's own.
  for (const heading of clean.querySelectorAll("h1,h2,h3,h4,h5,h6")) {
    const level = document.createElement("p");
    level.className = "heading";
    level.append(...heading.childNodes);
    heading.replaceWith(level);
  }
  const holder = document.createElement("div");
  holder.append(clean);
  return holder.innerHTML;
}
