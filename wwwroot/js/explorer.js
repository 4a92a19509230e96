// The Explorer of audit events: what this browser remembers, arrow keys, Escape, and copying a record as it was stored.
// Delegated from the document, like console.js.

const keys = ["aoc_filters", "aoc_columns"];

window.omniauditEvents = {
  recall(key) {
    try { return keys.includes(key) ? localStorage.getItem(key) : null; } catch { return null; }
  },
  remember(key, value) {
    try { if (keys.includes(key)) localStorage.setItem(key, value); } catch { /* Private mode: for this page only. */ }
  },
  focusRow(id) {
    document.querySelector(`#event-${CSS.escape(id)} a`)?.focus();
  },
};

const isTyping = element => element?.closest("input, textarea, select, [contenteditable]");

function move(items, step) {
  const here = items.indexOf(document.activeElement);
  const next = items[Math.min(Math.max(here + step, 0), items.length - 1)];
  if (!next) return;
  for (const item of items) if (item.tabIndex === 0 && item.closest("[data-bars]")) item.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const bars = event.target.closest?.("[data-bars]");
  const rows = event.target.closest?.("[data-arrows]");
  if (bars && ["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) {
    event.preventDefault();
    move([...bars.querySelectorAll("a")], { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key]);
  } else if (rows && ["ArrowUp", "ArrowDown"].includes(event.key)) {
    event.preventDefault();
    move([...rows.querySelectorAll("tr[data-row] .lead a")], event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Escape") {
    document.querySelector("[data-close-drawer]")?.click();
  } else if ((event.key === "j" || event.key === "k") && event.target.closest?.("[data-drawer]")) {
    // Within the drawer: the next event takes the place of this one.
    const links = [...document.querySelectorAll("[data-arrows] tr[data-row] .lead a")];
    const open = links.findIndex(link => link.getAttribute("aria-current") === "true");
    links[Math.min(Math.max(open + (event.key === "j" ? 1 : -1), 0), links.length - 1)]?.click();
    event.stopImmediatePropagation();
  }
});

document.addEventListener("click", async event => {
  const button = event.target.closest("[data-copy-url]");
  if (!button) return;
  const done = button.querySelector("[data-copied]");
  try {
    const answer = await fetch(button.dataset.copyUrl);
    if (!answer.ok) throw new Error(String(answer.status));
    await navigator.clipboard.writeText(await answer.text());
    done.textContent = "Copied";
  } catch {
    done.textContent = "Not copied: download it instead";
  }
  setTimeout(() => { done.textContent = ""; }, 2000);
});
