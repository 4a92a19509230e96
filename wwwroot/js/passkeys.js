// Passkeys: asks the server for a challenge, the browser for its answer, and hands that back. The server judges it
// (OmniAudit.Modules/Identities/PasskeyDirectory.cs). Which buttons are shown says [data-passkeys] on the root.

const root = document.documentElement;

// Browsers bind passkeys to a domain; an address is none.
const isAddress = /^(\d+\.){3}\d+$/.test(location.hostname) || location.hostname.startsWith("[");
const supported = window.isSecureContext && typeof window.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";
root.dataset.passkeys = isAddress ? "address" : supported ? "yes" : "unsupported";

class Refused extends Error {}

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (answer.status === 401) throw new Refused("Your session has ended. Sign in again.");
  const said = await answer.json().catch(() => null);
  if (!answer.ok || !said) throw new Refused(said?.message ?? `The server could not answer (${answer.status}). Try again.`);
  return said;
}

async function add(nameBox) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await post("/account/passkeys/options", {}));
  const credential = await navigator.credentials.create({ publicKey });
  const { url } = await post("/account/passkeys", { credential: credential.toJSON(), name: nameBox?.value ?? "" });
  // Read again from the server: a session that had to choose a password has another cookie now.
  if (location.pathname === url) location.reload(); else location.assign(url);
}

async function signIn(returnUrl) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await post("/signin/passkey/options", {}));
  const credential = await navigator.credentials.get({ publicKey });
  const { url } = await post("/signin/passkey", { credential: credential.toJSON(), returnUrl });
  location.assign(url);
}

function words(error) {
  if (error instanceof Refused) return error.message;
  if (error.name === "InvalidStateError") return "This device has a passkey for this account already.";
  if (error.name === "NotAllowedError") return "Nothing was done: it was cancelled, took too long, or no passkey fits.";
  return `The browser could not do it: ${error.message}`;
}

document.addEventListener("click", async event => {
  const button = event.target.closest("[data-passkey-add], [data-passkey-signin]");
  if (!button || button.getAttribute("aria-busy") === "true") return;
  const message = button.closest("section")?.querySelector("[data-passkey-message]");
  if (message) message.textContent = "";
  button.setAttribute("aria-busy", "true");
  try {
    if (button.dataset.passkeySignin !== undefined) await signIn(button.dataset.passkeySignin);
    else await add(document.getElementById(button.dataset.passkeyAdd));
  } catch (error) {
    if (message) message.textContent = words(error);
  } finally {
    button.removeAttribute("aria-busy");
  }
});
