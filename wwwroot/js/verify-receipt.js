// Verifies the receipt on this page from what the page shows: its bytes, its proof, a public key. Nothing is asked of the
// server, and nothing here comes from its code. Formats: c2sp.org/tlog-proof, tlog-checkpoint, signed-note; RFC 9162 2.1.

class Wrong extends Error {}      // something was changed, or is not what it claims to be
class CannotTell extends Error {} // a part of the check could not be made

const encoder = new TextEncoder();
const u64 = 2n ** 64n;

const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
const join = (...parts) => new Uint8Array(parts.flatMap(part => [...part]));
const hex = bytes => [...bytes].map(byte => byte.toString(16).padStart(2, "0")).join("");
const toBase64 = bytes => btoa(String.fromCharCode(...bytes));

function fromBase64(text, what) {
  let bytes = null;
  try {
    bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));
  } catch {
    // Told below, together with other spellings of the same bytes.
  }
  if (!bytes || bytes.length === 0 || toBase64(bytes) !== text) throw new Wrong(`${what} is not base64.`);
  return bytes;
}

function number(text, what) {
  if (!/^(0|[1-9][0-9]{0,19})$/.test(text) || BigInt(text) >= u64) throw new Wrong(`${what} is not a number.`);
  return BigInt(text);
}

function hash(text, what) {
  const bytes = fromBase64(text, what);
  if (bytes.length !== 32) throw new Wrong(`${what} is not a SHA-256 hash.`);
  return bytes;
}

const sha256 = async bytes => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const hashLeaf = entry => sha256(join([0], entry));
const hashNode = (left, right) => sha256(join([1], left, right));

// RFC 8785: ECMAScript's own spelling of strings and numbers, names sorted by UTF-16 code units, no white space.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") return `{${Object.keys(value).sort().map(name => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
  return JSON.stringify(value);
}

// The text as a person sees it. What hides is shown as an escape in an element of its own; here it becomes itself again.
function shownText(element) {
  return [...element.childNodes].map(node => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE) return "";
    if (!node.classList.contains("esc")) return shownText(node);
    const escape = node.textContent;
    const code = /^U\+([0-9A-F]{4,6})$/.exec(escape);
    return code ? String.fromCodePoint(parseInt(code[1], 16)) : { "\\n": "\n", "\\r": "\r", "\\t": "\t" }[escape] ?? escape;
  }).join("");
}

function readProof(text) {
  const split = text.indexOf("\n\n");
  if (split < 0) throw new Wrong("The proof has no empty line before its checkpoint.");
  const lines = text.slice(0, split).split("\n");
  if (lines[0] !== "c2sp.org/tlog-proof@v1" || !lines[1]?.startsWith("index ")) throw new Wrong("This is not a proof file.");
  if (lines.length > 66) throw new Wrong("The proof has more hashes than a tree can be high.");
  return { index: number(lines[1].slice(6), "The proof's index"), path: lines.slice(2).map((line, i) => hash(line, `Hash ${i + 1} of the proof`)), note: text.slice(split + 2) };
}

function readNote(note) {
  const split = note.lastIndexOf("\n\n");
  if (split < 0 || !note.endsWith("\n")) throw new Wrong("The checkpoint has no signatures below an empty line.");
  const signatures = note.slice(split + 2, -1).split("\n").map(line => {
    const match = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/=]+)$/u.exec(line);
    if (!match) throw new Wrong("A signature line is not one.");
    const blob = fromBase64(match[2], "The signature");
    if (blob.length < 5) throw new Wrong("The signature is too short.");
    return { name: match[1], id: hex(blob.slice(0, 4)), signature: blob.slice(4) };
  });
  const text = note.slice(0, split + 1);
  const lines = text.split("\n");
  if (lines.length !== 4 || lines[3] !== "" || lines[0] === "") throw new Wrong("The checkpoint does not have three lines.");
  return { text, signatures, origin: lines[0], size: number(lines[1], "The checkpoint's size"), root: hash(lines[2], "The checkpoint's root") };
}

async function readKey(vkey) {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(vkey.trim());
  if (!match) throw new CannotTell("The public key is missing, or does not read name+id+key.");
  let encoded;
  try {
    encoded = fromBase64(match[3], "The public key");
  } catch (e) {
    throw new CannotTell(e.message);
  }
  const [type, key] = [encoded[0], encoded.slice(1)];
  if (type !== 1 && type !== 2) throw new CannotTell(`The public key has the unknown type ${type}.`);
  const id = hex((await sha256(type === 1 ? join(encoder.encode(match[1]), [10], encoded) : key)).slice(0, 4));
  if (id !== match[2]) throw new CannotTell("The public key's id does not belong to it: a part of it was changed.");
  return { name: match[1], id, type, key };
}

// ECDSA signatures are DER in notes and r‖s in WebCrypto.
function rawEcdsa(der) {
  const bad = () => { throw new Wrong("The signature is not DER."); };
  if (der[0] !== 0x30 || der[1] !== der.length - 2 || der.length > 72) bad();
  let place = 2;
  const integer = () => {
    const length = der[place + 1];
    const bytes = der.slice(place + 2, place + 2 + length);
    if (der[place] !== 2 || length === 0 || bytes.length !== length || bytes[0] > 127) bad();
    place += 2 + length;
    const digits = bytes[0] === 0 && length > 1 ? bytes.slice(1) : bytes;
    if (digits.length > 32 || (digits !== bytes && digits[0] < 128)) bad();
    return join(new Uint8Array(32 - digits.length), digits);
  };
  const raw = join(integer(), integer());
  if (place !== der.length) bad();
  return raw;
}

async function checkSignature(key, text, signature) {
  const [algorithm, format, name] = key.type === 1
    ? [{ name: "Ed25519" }, "raw", "Ed25519"]
    : [{ name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }, "spki", "ECDSA P-256"];
  let imported;
  try {
    imported = await crypto.subtle.importKey(format, key.key, algorithm, false, ["verify"]);
  } catch (e) {
    throw new CannotTell(e.name === "NotSupportedError"
      ? `This browser cannot check ${name} signatures. Everything below the signature holds; use a newer browser, the server, or ./run.sh verify.`
      : `The public key cannot be used: ${e.message || e.name}.`);
  }
  return crypto.subtle.verify(algorithm, imported, key.type === 1 ? signature : rawEcdsa(signature), encoder.encode(text));
}

// Tells each part as it was checked; throws at the first that is not right.
async function verify(receiptText, copied, proofText, vkey, tell) {
  if (!globalThis.crypto?.subtle) throw new CannotTell("Browsers offer cryptography to https pages and to this machine only. Open the console that way, or verify on the server.");
  const bytes = encoder.encode(receiptText);
  let value;
  try {
    value = JSON.parse(receiptText);
  } catch {
    throw new Wrong("The receipt is not JSON.");
  }
  if (value === null || typeof value !== "object" || Array.isArray(value) || canonical(value) !== receiptText) throw new Wrong("The receipt was reformatted or edited: it is not canonical JSON any more.");
  if (copied !== null && copied !== receiptText) throw new Wrong("What is shown is not what would be copied.");
  tell("receipt", `The receipt is canonical JSON, ${bytes.length} bytes.`);

  const { index, path, note } = readProof(proofText);
  const { text, signatures, origin, size, root } = readNote(note);
  if (index >= size) throw new Wrong(`The proof is for entry ${index}, and the checkpoint covers only ${size}.`);
  let node = await hashLeaf(bytes);
  tell("leaf", `Hashed as entry ${index}: ${toBase64(node)}`);

  let [fn, sn] = [index, size - 1n];
  for (const [i, sibling] of path.entries()) {
    if (sn === 0n) throw new Wrong("The proof is longer than the tree is high.");
    const left = fn % 2n === 1n || fn === sn;
    node = left ? await hashNode(sibling, node) : await hashNode(node, sibling);
    if (left) {
      while (fn % 2n === 0n && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
    tell(`step-${i}`, `Joined with its ${left ? "left" : "right"} neighbour: ${toBase64(node)}`);
  }
  if (sn !== 0n || !same(node, root)) throw Object.assign(new Wrong("The receipt and the proof do not lead to the checkpoint's root: one of them was changed."), { part: "root" });
  tell("root", "That is the root in the checkpoint.");

  const key = await readKey(vkey);
  const own = signatures.filter(s => s.name === key.name && s.id === key.id);
  if (own.length === 0) {
    const other = signatures.find(s => s.name === key.name);
    const why = other ? ` Its signature says it is by another key of that name (${other.id}): if the log's key was changed, the list of keys (/log/vkeys) proves how the one you hold handed over; ./run.sh verify --keys checks it.` : "";
    throw Object.assign(new Wrong(`The checkpoint is not signed by this key (${key.name}).${why}`), { part: "signature" });
  }
  if (origin !== key.name) throw Object.assign(new Wrong(`The key ${key.name} signed a checkpoint of '${origin}'.`), { part: "checkpoint" });
  tell("checkpoint", `The checkpoint is of the log ${origin}, at ${size} entries.`);
  for (const { signature } of own) {
    if (!await checkSignature(key, text, signature)) throw Object.assign(new Wrong("The signature is not good: the checkpoint's text or its signature was changed."), { part: "signature" });
  }
  tell("signature", `The signature is good (${key.type === 1 ? "Ed25519" : "ECDSA P-256"}).`);
  return `The receipt is entry ${index} of the log ${origin}, whose first ${size} entries are signed.`;
}

function line(text, tone) {
  const item = document.createElement("li");
  item.dataset.tone = tone;
  item.textContent = text;
  return item;
}

async function run(button) {
  const [list, verdict] = [document.getElementById("browser-checks"), document.getElementById("browser-verdict")];
  const receipt = document.getElementById("receipt-bytes");
  const mark = (part, how) => { const drawn = document.querySelector(`[data-proof-part="${part}"]`); if (drawn) drawn.dataset.checked = how; };
  list.replaceChildren();
  verdict.replaceChildren();
  for (const drawn of document.querySelectorAll("[data-proof-part]")) delete drawn.dataset.checked;
  button.disabled = true;
  let [word, tone, message] = ["Valid", "good", ""];
  let last = "receipt";
  try {
    message = await verify(shownText(receipt), receipt.dataset.raw ?? null, document.getElementById("receipt-proof").textContent, document.getElementById("receipt-vkey").value,
      (part, text) => { last = part; mark(part, "good"); list.append(line(text, "good")); });
  } catch (e) {
    [word, tone] = e instanceof Wrong ? ["Invalid", "bad"] : ["Incomplete", "warn"];
    message = e instanceof Wrong || e instanceof CannotTell ? e.message : `The check broke off: ${e.message}`;
    mark(e.part ?? last, e instanceof Wrong ? "bad" : "");
    list.append(line(message, tone));
  }
  const notice = document.createElement("p");
  notice.className = `notice ${tone}`;
  notice.dataset.verdict = word;
  const strong = document.createElement("strong");
  strong.textContent = `${word}, found this browser.`;
  const [sign, words] = [document.createElement("b"), document.createElement("span")];
  sign.ariaHidden = "true";
  sign.textContent = { good: "\u2713", bad: "\u2717", warn: "?" }[tone];
  words.append(strong, ` ${message}`);
  notice.append(sign, words);
  verdict.append(notice);
  button.disabled = false;
}

document.addEventListener("click", event => {
  const button = event.target.closest("[data-verify-receipt]");
  if (button && !button.disabled) run(button);
});
