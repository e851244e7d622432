/** Text or bytes → a file in the reader's downloads. */

export function saveFile(name: string, data: string | Blob): void {
  const blob = typeof data === "string" ? new Blob([data], { type: "image/svg+xml" }) : data;
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken the bytes by the time the next task runs.
  setTimeout(() => URL.revokeObjectURL(address), 0);
}
