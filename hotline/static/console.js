// Countdowns, live refresh and keys of the console. The pages work without it; they only stand still.
(() => {
  const pad = (n) => String(n).padStart(2, '0');
  const span = (seconds) => {
    const s = Math.abs(Math.round(seconds));
    const days = Math.floor(s / 86400);
    const rest = `${pad(Math.floor((s % 86400) / 3600))}:${pad(Math.floor((s % 3600) / 60))}:${pad(s % 60)}`;
    return days ? `${days} d ${rest}` : rest;
  };
  const tick = () => {
    const now = Date.now();
    document.querySelectorAll('[data-due]').forEach((el) => {
      const left = (Date.parse(el.dataset.due) - now) / 1000;
      el.textContent = left < 0 ? `${el.dataset.late} ${span(left)}` : span(left);
      el.classList.toggle('overdue', left < 0);
      el.classList.toggle('soon', left >= 0 && left < 300);
    });
    document.querySelectorAll('[data-since]').forEach((el) => {
      const age = (now - Date.parse(el.dataset.since)) / 1000;
      el.textContent = span(Math.max(0, age));
      if (el.dataset.stale) el.classList.toggle('overdue', age > Number(el.dataset.stale));
    });
  };

  const title = document.title;
  let critical = Number(document.querySelector('[data-u1]')?.dataset.u1 ?? 0);
  const flash = () => {
    let on = false;
    const timer = setInterval(() => { document.title = (on = !on) ? '●●● U1 ●●●' : title; }, 700);
    setTimeout(() => { clearInterval(timer); document.title = title; }, 14000);
  };

  const live = document.getElementById('live');
  const parts = () => [...live.querySelectorAll('[data-part]')];
  const contentOf = (fragment, old) =>
    old === live ? fragment.body : fragment.querySelector(`[data-part="${old.dataset.part}"]`);
  // What somebody is choosing or typing must not be swapped away under them: that part waits until they leave it.
  const isInUse = (part) =>
    part.contains(document.activeElement) && document.activeElement.matches('select, input, textarea');
  let waiting = false;

  const swap = (part, fresh) => {
    // Those with a name of their own are found again wherever they stand; the one without is the part's last.
    const open = [...part.querySelectorAll('details[open]')].map((one) => one.dataset.keep ?? '');
    const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
    part.replaceChildren(...fresh.childNodes);
    open.forEach((name) => {
      const again = part.querySelector(name ? `details[data-keep="${CSS.escape(name)}"]` : 'details:not([data-keep])');
      if (again) again.open = true;
    });
    if (focused) part.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  };

  const refresh = async () => {
    waiting = false;
    const answer = await fetch(live.dataset.fragment, { headers: { Accept: 'text/html' } });
    if (!answer.ok || answer.redirected) return;
    const fragment = new DOMParser().parseFromString(await answer.text(), 'text/html');
    (parts().length ? parts() : [live]).forEach((part) => {
      const fresh = contentOf(fragment, part);
      if (!fresh) return;
      if (isInUse(part)) waiting = true; else swap(part, fresh);
    });
    const found = Number(document.querySelector('[data-u1]')?.dataset.u1 ?? critical);
    if (found > critical) flash();
    critical = found;
    tick();
  };

  // A page that has stopped living must say so: its countdowns run on and look alive.
  const SILENT_MS = 12000;
  const REOPEN_MS = 5000;
  let heard = Date.now();
  const listen = () => {
    const url = new URL(live.dataset.live, window.location.href);
    url.searchParams.set('cursor', live.dataset.cursor);
    const source = new EventSource(url);
    source.addEventListener('open', () => { heard = Date.now(); });
    source.addEventListener('changed', (event) => {
      live.dataset.cursor = event.lastEventId;
      refresh().catch(() => {});
    });
    // The browser asks again after a short answer by itself, but never after an error status.
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, REOPEN_MS);
    });
  };
  if (live && window.EventSource) {
    listen();
    live.addEventListener('focusout', () => { if (waiting) setTimeout(() => refresh().catch(() => {}), 200); });
    setInterval(() => {
      document.getElementById('stale')?.toggleAttribute('hidden', Date.now() - heard < SILENT_MS);
    }, 1000);
  }

  // A second press at 3 a.m. must not send a second message.
  document.addEventListener('submit', (event) => {
    if (event.target.method !== 'post') return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = '1';
  });
  window.addEventListener('pageshow', (event) => { if (event.persisted) window.location.reload(); });

  document.querySelectorAll('[data-count]').forEach((el) => {
    const shown = document.getElementById(el.dataset.count);
    const count = () => { shown.textContent = String(el.value.length); };
    el.addEventListener('input', count);
    count();
  });

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input, select, textarea')) return;
    const act = {
      '/': () => document.getElementById('urgency')?.focus(),
      c: () => document.getElementById('claim')?.requestSubmit(),
      r: () => document.getElementById('reply_body')?.focus(),
      q: () => { window.location.href = '/console/'; },
      '?': () => document.getElementById('keys')?.showModal(),
    }[event.key];
    if (act) { event.preventDefault(); act(); }
  });

  tick();
  setInterval(tick, 1000);
})();
