// Notifications of this browser about new requests. Asked for by a click only, remembered per browser, and only while a
// console is open. What is said is written by the server into [data-arrived]; it holds no arguments.

const root = document.documentElement;
const key = "omniaudit-notify";

// Outside https and localhost browsers hide the API or refuse it.
const supported = "Notification" in window && window.isSecureContext;

function wanted() {
  try { return localStorage.getItem(key) === "on"; } catch { return false; }
}

function remember(on) {
  try { if (on) localStorage.setItem(key, "on"); else localStorage.removeItem(key); } catch { /* Private mode: for this page only. */ }
}

function show() {
  root.dataset.notify = !supported ? "unsupported"
    : Notification.permission === "denied" ? "denied"
    : wanted() && Notification.permission === "granted" ? "on" : "off";
}

async function toggle() {
  if (!supported) return;
  if (root.dataset.notify === "on") remember(false);
  else if (await Notification.requestPermission() === "granted") remember(true);
  show();
}

function tell(arrival) {
  if (root.dataset.notify !== "on" || !arrival.dataset.arrived) return;
  // The tag is the request's id: of several open consoles one notification is left.
  const notification = new Notification("OmniAudit", { body: arrival.textContent, tag: arrival.dataset.arrived });
  const href = arrival.dataset.href;
  notification.onclick = () => {
    window.focus();
    notification.close();
    if (window.Blazor?.navigateTo) window.Blazor.navigateTo(href); else location.assign(href);
  };
}

document.addEventListener("click", event => {
  if (event.target.closest("[data-notify-toggle]")) toggle();
});

// Another console of this browser switched it.
window.addEventListener("storage", event => { if (event.key === key) show(); });

// Blazor may replace the whole body of the document, so the document is what is watched.
new MutationObserver(changes => {
  for (const change of changes) if (change.target.matches?.("[data-arrived]")) { tell(change.target); return; }
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-arrived"] });

show();
