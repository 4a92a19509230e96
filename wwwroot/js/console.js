// What needs no server: theme, copy, keyboard, and getting back after a lost connection. Everything is delegated from
// the document, so it works for whatever Blazor renders later.

const root = document.documentElement;

function applyTheme(theme) {
  root.dataset.theme = theme;
  for (const sheet of document.querySelectorAll("link[data-sheet]")) {
    const kind = sheet.dataset.sheet;
    sheet.media = theme === "auto" ? `(prefers-color-scheme: ${kind})` : theme === kind ? "all" : "not all";
  }
}

function nextTheme() {
  const order = ["auto", "light", "dark"];
  const theme = order[(order.indexOf(root.dataset.theme) + 1) % order.length];
  document.cookie = `omniaudit-theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  applyTheme(theme);
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  if (!source) return;
  const done = button.querySelector("[data-copied]");
  try {
    await navigator.clipboard.writeText(source.dataset.raw ?? source.textContent);
    if (done) done.textContent = "Copied";
  } catch {
    // No clipboard outside a secure context: select the text, so that the person's own copy works.
    getSelection().selectAllChildren(source);
    if (done) done.textContent = "Selected: press Ctrl+C";
  }
  setTimeout(() => { if (done) done.textContent = ""; }, 2500);
}

document.addEventListener("click", event => {
  if (event.target.closest("[data-theme-toggle]")) nextTheme();
  const copyButton = event.target.closest("[data-copy]");
  if (copyButton) copy(copyButton);
  const row = event.target.closest("tr[data-row]");
  if (row && !event.target.closest("a, button, input, summary, label") && getSelection().isCollapsed) {
    row.querySelector("a")?.click();
  }
});

const isTyping = element => element?.closest("input, textarea, select, [contenteditable]");
let pendingGo = 0;

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]") && event.key !== "?") return;
  switch (event.key) {
    case "/": {
      // The page's own search comes before the one of the whole console.
      const search = document.querySelector("main [data-search]") ?? document.querySelector("[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
      break;
    }
    case "?": {
      const dialog = document.getElementById("shortcuts");
      if (dialog?.open) dialog.close(); else dialog?.showModal();
      break;
    }
    case "j": case "k": {
      const rows = [...document.querySelectorAll("[data-row] a:first-of-type")].filter((link, i, all) => all.findIndex(o => o.closest("[data-row]") === link.closest("[data-row]")) === i);
      if (rows.length === 0) break;
      const here = rows.findIndex(link => link.closest("[data-row]").contains(document.activeElement));
      const next = event.key === "j" ? Math.min(here + 1, rows.length - 1) : Math.max(here - 1, 0);
      rows[next].focus();
      break;
    }
    // Choosing decides nothing: the batch has a review and a button of its own.
    case "x": document.activeElement?.closest("[data-row]")?.querySelector("[data-choose]")?.click(); break;
    case "g": pendingGo = Date.now(); break;
    case "a": if (Date.now() - pendingGo < 1000) document.querySelector('nav a[href="/approvals"]')?.click(); break;
  }
});

// Blazor sets classes on this element. "Failed" means it stopped trying: go on for it, gently. "Rejected" means the
// server is back but has forgotten this page's state: only a reload helps.
const notice = document.getElementById("components-reconnect-modal");
let retry = 0;

async function heal() {
  try {
    const ok = await window.Blazor.reconnect();
    if (ok === false) location.reload();
  } catch {
    retry = setTimeout(heal, 3000);
  }
}

if (notice) {
  new MutationObserver(() => {
    clearTimeout(retry);
    if (notice.classList.contains("components-reconnect-rejected")) location.reload();
    else if (notice.classList.contains("components-reconnect-failed")) retry = setTimeout(heal, 3000);
  }).observe(notice, { attributes: true, attributeFilter: ["class"] });
}

// A log scrolls within itself. It has its full height only once it has been measured, so this waits for that, a few seconds at most.
window.omniauditScroll = (id, top) => {
  const until = performance.now() + 5000;
  const scroll = () => {
    const element = document.getElementById(id);
    if (!element) return;
    element.scrollTop = Math.max(0, top);
    if (element.scrollHeight < top && performance.now() < until) requestAnimationFrame(scroll);
  };
  scroll();
};
