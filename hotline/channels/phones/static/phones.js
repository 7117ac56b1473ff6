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

const CHANNELS = { sms: "SMS", whatsapp: "WhatsApp", voice: "☎" };

// An attachment as the phone shows it.
function shown({ sid, content_type: type, filename }) {
  const src = "/_control/media/" + sid;
  const family = type.split("/")[0];
  if (family === "image") return element("img", { src, alt: words.photo_of });
  if (family === "audio") {
    const player = element("audio", { src, controls: true, preload: "none" });
    player.setAttribute("aria-label", words.voice_of);
    return player;
  }
  if (family === "video") return element("video", { src, controls: true, preload: "none" });
  return element("p", {}, element("a", { href: src, download: filename || sid, textContent: "📎 " + (filename || type) }));
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

// What else a phone can send: the panel under the conversation.
class More {
  constructor(phone) {
    this.phone = phone;
    const root = phone.root;
    this.panel = root.querySelector(".more");
    this.panel.ontoggle = () => phone.toEnd();
    const file = root.querySelector(".file");
    root.querySelector('[data-act="file"]').onclick = () => file.click();
    file.onchange = () => { if (file.files[0]) this.sendFile(file.files[0]); file.value = ""; };
    for (const button of root.querySelectorAll("[data-sample]"))
      button.onclick = () => this.send({ media: [{ sample: button.dataset.sample }], kind: "media" });
    for (const button of root.querySelectorAll("[data-word]"))
      button.onclick = () => this.send({ kind: button.dataset.word });
    root.querySelector('[data-act="missed"]').onclick = () => this.call({});
    root.querySelector('[data-act="voicemail"]').onclick = () => this.call({ recording: { seconds: 5 } });
    this.offerPlaces(root);
    if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) return;
    for (const button of root.querySelectorAll("[data-record]")) {
      button.hidden = false;
      button.onclick = () => this.record(button);
    }
  }

  offerPlaces(root) {
    const [place, latitude, longitude] = ["place", "latitude", "longitude"].map((name) => root.querySelector("." + name));
    place.onchange = () => {
      latitude.value = place.selectedOptions[0].dataset.latitude;
      longitude.value = place.selectedOptions[0].dataset.longitude;
    };
    for (const field of [latitude, longitude]) field.oninput = () => { place.value = ""; };
    root.querySelector(".location").onsubmit = (event) => {
      event.preventDefault();
      const label = place.value ? { label: place.value } : {};
      this.send({ channel: "whatsapp", kind: "location", latitude: latitude.value, longitude: longitude.value, ...label });
    };
  }

  async send(instruction) {
    this.close();
    await this.phone.deliver({ channel: this.phone.channel.value, ...instruction });
  }

  async call(instruction) {
    this.close();
    await this.phone.call(instruction);
  }

  close() {
    this.panel.open = false;
    this.panel.querySelector("summary").focus({ preventScroll: true });
  }

  async sendFile(file) {
    if (file.size > MOST_BYTES) { this.phone.note.textContent = words.too_large; return; }
    const content = { content_type: file.type || "application/octet-stream", filename: file.name, base64: await base64(file) };
    await this.send({ kind: "media", media: [content], text: this.phone.text.value });
    this.phone.text.value = "";
  }

  async record(button) {
    if (this.recorder) { this.recorder.stop(); return; }
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      this.phone.note.textContent = words.no_microphone;
      return;
    }
    const label = button.textContent;
    const began = Date.now();
    const chunks = [];
    const type = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus"].find((each) => MediaRecorder.isTypeSupported(each));
    this.recorder = new MediaRecorder(stream, type ? { mimeType: type } : {});
    this.recorder.ondataavailable = (event) => chunks.push(event.data);
    this.recorder.onstop = async () => {
      for (const track of stream.getTracks()) track.stop();
      const sound = new Blob(chunks, { type: this.recorder.mimeType });
      this.recorder = null;
      button.textContent = label;
      button.classList.remove("busy");
      const seconds = Math.min(300, Math.max(1, Math.round((Date.now() - began) / 1000)));
      if (button.dataset.record === "note") {
        const content = { content_type: sound.type, base64: await base64(sound) };
        await this.send({ channel: "whatsapp", kind: "media", media: [content] });
      } else {
        const wav = await telephoneSound(sound);
        await this.call({ recording: { seconds, content_type: "audio/x-wav", base64: await base64(wav) } });
      }
    };
    this.recorder.start();
    button.textContent = button.dataset.busy;
    button.classList.add("busy");
  }
}

const MOST_BYTES = 16 * 1024 * 1024;

function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

// Eight thousand samples a second, sixteen bits: what a recording of a call is outside.
async function telephoneSound(blob) {
  const rate = 8000;
  const decoded = await new AudioContext().decodeAudioData(await blob.arrayBuffer());
  const offline = new OfflineAudioContext(1, Math.max(1, Math.ceil(decoded.duration * rate)), rate);
  const source = new AudioBufferSourceNode(offline, { buffer: decoded });
  source.connect(offline.destination);
  source.start();
  const samples = (await offline.startRendering()).getChannelData(0);
  const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const text = (at, value) => [...value].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  text(0, "RIFF"); view.setUint32(4, 36 + samples.length * 2, true); text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, rate, true); view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  text(36, "data"); view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, index) => view.setInt16(44 + index * 2, Math.max(-1, Math.min(1, sample)) * 32767, true));
  return new Blob([view.buffer], { type: "audio/x-wav" });
}

class Phone {
  constructor({ label, number, role }) {
    Object.assign(this, { label, number, role, unread: 0, last: 0 });
    this.root = byId("phone").content.firstElementChild.cloneNode(true);
    this.lines = this.root.querySelector(".lines");
    this.list = this.lines.querySelector("ol");
    this.text = this.root.querySelector("textarea");
    this.channel = this.root.querySelector(".channel");
    this.note = this.root.querySelector(".note");
    this.chip = element("button", { type: "button", onclick: () => this.show() });
    this.root.querySelector("h2").textContent = label;
    this.root.querySelector(".number").textContent = number;
    this.root.setAttribute("aria-label", label);
    this.root.querySelector(".close").onclick = () => close(this);
    this.root.querySelector(".write").onsubmit = (event) => { event.preventDefault(); this.send(); };
    this.more = new More(this);
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
    this.list.replaceChildren();
    this.last = 0;
    for (const line of lines) this.add(line);
  }

  add(line) {
    if (line.seq <= this.last) return false;
    this.last = line.seq;
    const time = new Date(line.at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    const about = [CHANNELS[line.channel], time];
    if (line.automatic) about.push(words.automatic);
    if (line.media.length > line.attachments.length) about.push(`${words.attachment} × ${line.media.length}`);
    const stamp = element("span", { className: "stamp", textContent: about.join(" · ") });
    const bubble = element("li", { className: line.direction }, ...line.attachments.map(shown), ...this.body(line), stamp);
    if (line.call) bubble.classList.add("call");
    if (line.direction === "out") { bubble.dataset.sid = line.sid; judge(bubble); }
    if (line.direction === "in") this.channel.value = line.channel;
    if (line.direction === "in") this.closeOffers();
    if (line.buttons.length) bubble.append(this.offers(line));
    this.list.append(bubble);
    for (const picture of bubble.querySelectorAll("img, video")) picture.onload = picture.onloadedmetadata = () => this.toEnd();
    this.toEnd();
    return true;
  }

  toEnd() { this.lines.scrollTop = this.lines.scrollHeight; }

  body(line) {
    if (line.call) {
      const ended = words["call_" + line.call.status] ?? line.call.status;
      const long = line.call.seconds ? ` (${line.call.seconds} ${words.seconds})` : "";
      return [
        element("p", { textContent: "☎ " + ended + long }),
        ...line.call.said.map((text) => element("p", { textContent: `${words.call_said}: “${text}”` })),
        ...line.call.recordings.map((sid) => shown({ sid, content_type: "audio/wav", filename: "" })),
      ];
    }
    return line.text ? [element("p", {}, ...withLinks((line.place ? "📍 " : "") + line.text))] : [];
  }

  offers(line) {
    return element("div", { className: "offers" }, ...line.buttons.map(({ title, id }) => element("button", {
      type: "button", textContent: title,
      onclick: () => {
        this.closeOffers();
        this.deliver(line.is_list
          ? { kind: "list", list_title: title, list_id: id, replied_to_sid: line.sid }
          : { kind: "button", button_text: title, button_payload: id, replied_to_sid: line.sid });
      },
    })));
  }

  closeOffers() {
    for (const button of this.lines.querySelectorAll(".offers button")) button.disabled = true;
  }

  async send() {
    const text = this.text.value;
    if (!text.trim()) return;
    this.text.value = "";
    if (!await this.deliver({ channel: this.channel.value, text }) && !this.text.value) this.text.value = text;
  }

  // Whether the stand-in took it; what the hotline made of it is shown on the bubble.
  async deliver(instruction) {
    this.note.textContent = "";
    try {
      const done = await ask("/inbound", { from: this.number, ...instruction });
      const status = done.fallback_status ?? done.status;
      verdicts.set(done.message_sid, status);
      for (const bubble of this.lines.querySelectorAll(`[data-sid="${done.message_sid}"]`)) judge(bubble);
      if (status === null) this.note.textContent = words.unreachable;
      else if (status >= 400) this.note.textContent = `${words.refused} (${status}).`;
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  async call(instruction) {
    this.note.textContent = "";
    try {
      await ask("/call", { from: this.number, ...instruction });
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error) { this.note.textContent = error.refused ? error.message : words.lost; }

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
    for (const [number, phone] of phones) phone.root.querySelector(".typing").hidden = !(news.typing ?? []).includes(number);
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
