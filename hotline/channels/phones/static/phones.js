"use strict";
// The phones on the page. Everything shown comes from /_control; the page itself remembers nothing.

const setup = JSON.parse(document.body.dataset.setup);
const words = setup.words;
const byId = (id) => document.getElementById(id);
const phones = new Map(); // number -> Phone
const verdicts = new Map(); // message SID -> what the hotline answered
const POLL_MS = 300;
const RING_MS = 2500;
let cursor = 0;

async function ask(path, body) {
  const options = body && {
    method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" },
  };
  const response = await fetch("/_control" + path, options);
  const data = await response.json();
  if (!response.ok) throw Object.assign(new Error(data.error), { refused: true });
  return data;
}

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function withLinks(text) {
  return text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]'])/).map((part, index) =>
    index % 2 ? element("a", { href: part, target: "_blank", rel: "noopener noreferrer", textContent: part }) : part);
}

let audio = null;

function chime() {
  if (byId("sound").getAttribute("aria-pressed") !== "true") return;
  for (const [pitch, start] of [[880, 0], [660, 0.18]]) {
    const tone = new OscillatorNode(audio, { frequency: pitch });
    const volume = new GainNode(audio, { gain: 0.15 });
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + start + 0.4);
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + start);
    tone.stop(audio.currentTime + start + 0.4);
  }
}

class Phone {
  constructor({ label, number, role }) {
    Object.assign(this, { label, number, role, unread: 0, last: 0 });
    this.root = byId("phone").content.firstElementChild.cloneNode(true);
    this.lines = this.root.querySelector(".lines");
    this.text = this.root.querySelector("textarea");
    this.channel = this.root.querySelector(".channel");
    this.note = this.root.querySelector(".note");
    this.chip = element("button", { type: "button", onclick: () => this.show() });
    this.root.querySelector("h2").textContent = label;
    this.root.querySelector(".number").textContent = number;
    this.root.setAttribute("aria-label", label);
    this.root.querySelector(".close").onclick = () => close(this);
    this.root.querySelector("form").onsubmit = (event) => { event.preventDefault(); this.send(); };
    this.text.onkeydown = (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send();
    };
    for (const kind of ["focusin", "pointerdown"]) this.root.addEventListener(kind, () => this.read());
    if (role === "worker" && setup.workers.length > 1) this.offerNumbers();
    byId("phones").append(this.root);
    byId("chips").append(this.chip);
    this.mark();
  }

  offerNumbers() {
    const select = this.root.querySelector(".acting");
    select.append(...setup.workers.map(({ label, number }) => new Option(`${number} · ${label}`, number)));
    select.value = this.number;
    select.hidden = false;
    this.root.querySelector(".number").hidden = true;
    select.onchange = () => {
      if (phones.has(select.value)) { select.value = this.number; return; }
      phones.delete(this.number);
      this.number = select.value;
      phones.set(this.number, this);
      this.load();
      showOthers();
    };
  }

  async load() {
    const number = this.number;
    const { lines } = await ask("/phones/" + encodeURIComponent(number));
    if (number !== this.number) return;
    this.lines.replaceChildren();
    this.last = 0;
    for (const line of lines) this.add(line);
  }

  add(line) {
    if (line.seq <= this.last) return false;
    this.last = line.seq;
    const time = new Date(line.at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    const about = [line.channel === "sms" ? "SMS" : "WhatsApp", time];
    if (line.automatic) about.push(words.automatic);
    if (line.media.length) about.push(`${words.attachment} × ${line.media.length}`);
    const stamp = element("span", { className: "stamp", textContent: about.join(" · ") });
    const bubble = element("li", { className: line.direction }, element("p", {}, ...withLinks(line.text)), stamp);
    if (line.direction === "out") { bubble.dataset.sid = line.sid; judge(bubble); }
    if (line.direction === "in") this.channel.value = line.channel;
    this.lines.append(bubble);
    this.lines.scrollTop = this.lines.scrollHeight;
    return true;
  }

  async send() {
    const text = this.text.value;
    if (!text.trim()) return;
    this.text.value = "";
    this.note.textContent = "";
    try {
      const done = await ask("/inbound", { from: this.number, channel: this.channel.value, text });
      const status = done.fallback_status ?? done.status;
      verdicts.set(done.message_sid, status);
      for (const bubble of this.lines.querySelectorAll(`[data-sid="${done.message_sid}"]`)) judge(bubble);
      if (status === null) this.note.textContent = words.unreachable;
      else if (status >= 400) this.note.textContent = `${words.refused} (${status}).`;
    } catch (error) {
      if (!this.text.value) this.text.value = text;
      this.note.textContent = error.refused ? error.message : words.lost;
    }
  }

  ring() {
    this.root.classList.remove("ringing");
    void this.root.offsetWidth; // starts the animation anew
    this.root.classList.add("ringing");
    chime();
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.root.classList.remove("ringing"), RING_MS);
    if (!document.hasFocus() || !this.root.contains(document.activeElement)) this.unread += 1;
    this.mark();
  }

  read() { this.unread = 0; this.mark(); }

  mark() {
    this.root.classList.toggle("unread", this.unread > 0);
    this.chip.classList.toggle("unread", this.unread > 0);
    this.chip.textContent = this.label + (this.unread ? ` (${this.unread})` : "");
  }

  show() {
    this.root.scrollIntoView({ block: "nearest", inline: "start" });
    this.text.focus({ preventScroll: true });
  }
}

function judge(bubble) {
  const status = verdicts.get(bubble.dataset.sid);
  const stamp = bubble.querySelector(".stamp");
  if (status === undefined || stamp.dataset.judged) return;
  const good = status !== null && status < 400;
  stamp.dataset.judged = "yes";
  stamp.classList.toggle("bad", !good);
  stamp.textContent += good ? " ✓" : ` ✗ ${status ?? ""}`;
}

function open(phone) {
  let found = phones.get(phone.number);
  if (!found) {
    found = new Phone(phone);
    phones.set(phone.number, found);
  }
  return found;
}

function close(phone) {
  phones.delete(phone.number);
  phone.root.remove();
  phone.chip.remove();
  showOthers();
}

async function openNumber(number) {
  const { number: name } = await ask("/phones/" + encodeURIComponent(number));
  const phone = open({ label: setup.known[name] || name, number: name, role: "" });
  await phone.load();
  phone.show();
  showOthers();
}

async function showOthers() {
  const { phones: rows } = await ask("/phones");
  const rang = rows.filter((row) => row.received && !phones.has(row.number)).slice(0, 30);
  byId("others").replaceChildren(...rang.map((row) => element("li", {}, element("button",
    { type: "button", onclick: () => openNumber(row.number) },
    (setup.known[row.number] ? setup.known[row.number] + " · " : "") + row.number,
    element("small", { textContent: row.last_text })))));
}

async function loadAll() {
  ({ cursor } = await ask("/phones"));
  byId("first").hidden = cursor > 0;
  await Promise.all([...phones.values()].map((phone) => phone.load()));
  await showOthers();
}

async function poll() {
  try {
    const news = await ask("/phones?since=" + cursor);
    if (news.missed) await loadAll();
    else cursor = news.cursor;
    if (cursor > 0) byId("first").hidden = true;
    let elsewhere = false;
    for (const line of news.lines) {
      const phone = phones.get(line.number);
      if (!phone) elsewhere = true;
      else if ((phone.add(line) || news.missed) && line.direction === "in") phone.ring();
    }
    if (elsewhere) await showOthers();
    byId("lost").hidden = true;
  } catch {
    byId("lost").hidden = false;
  }
  setTimeout(poll, POLL_MS);
}

function flash() {
  const waiting = [...phones.values()].filter((phone) => phone.unread);
  const count = waiting.reduce((sum, phone) => sum + phone.unread, 0);
  const plain = words.title;
  document.title = waiting.length && document.title === plain
    ? `(${count}) ${words.new} – ${waiting[0].label}` : plain;
}

byId("sound").onclick = ({ currentTarget }) => {
  const on = currentTarget.getAttribute("aria-pressed") !== "true";
  audio ??= new AudioContext(); // browsers let a page make a sound only after a click
  currentTarget.setAttribute("aria-pressed", String(on));
  chime();
};

byId("add").onsubmit = async (event) => {
  event.preventDefault();
  byId("add-note").textContent = "";
  try {
    await openNumber(byId("number").value);
    event.target.reset();
  } catch (error) {
    byId("add-note").textContent = error.refused ? words.invalid : words.lost;
  }
};

for (const phone of setup.phones) open(phone);
setInterval(flash, 700);
loadAll().then(() => [...phones.values()][0]?.text.focus({ preventScroll: true }))
  .catch(() => { byId("lost").hidden = false; })
  .finally(poll);
